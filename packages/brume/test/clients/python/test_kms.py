"""KMS: keys, aliases, encryption, data keys and signatures."""

import boto3

from smoke import Smoke, unique


class KMS(Smoke):
    @classmethod
    def setUpClass(cls):
        cls.client = boto3.Session().client("kms")

    def test_creates_reads_lists_updates_and_deletes_keys(self):
        kms = self.client
        key = kms.create_key(Description="Fog", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
        kms.create_key()
        alias = f"alias/{unique('key')}"
        kms.create_alias(AliasName=alias, TargetKeyId=key)
        kms.update_key_description(KeyId=key, Description="Mist")
        self.assertEqual(kms.describe_key(KeyId=alias)["KeyMetadata"]["Description"], "Mist")
        self.assertIn(key, [one["KeyId"] for one in self.pages(kms, "list_keys", "Keys")])
        self.assertEqual([one["AliasName"] for one in self.all(kms, "list_aliases", "Aliases", KeyId=key)], [alias])
        self.assertEqual(self.all(kms, "list_resource_tags", "Tags", KeyId=key)[0]["TagKey"], "a")
        kms.disable_key(KeyId=key)
        self.refused(kms.exceptions.DisabledException, kms.encrypt, KeyId=key, Plaintext=b"x")
        kms.delete_alias(AliasName=alias)
        self.refused(kms.exceptions.NotFoundException, kms.describe_key, KeyId=alias)
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        self.assertEqual(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "PendingDeletion")

    def test_encrypts_and_decrypts(self):
        kms, context = self.client, {"who": "me"}
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
        decrypt = lambda **more: kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"], **more)
        self.assertEqual(decrypt(EncryptionContext=context)["Plaintext"], data_key["Plaintext"])
        self.refused(kms.exceptions.InvalidCiphertextException, decrypt)

    def test_signs_and_verifies(self):
        kms = self.client
        key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        how = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256"}
        signature = kms.sign(**how, Message=b"fog")["Signature"]
        self.assertTrue(kms.verify(**how, Message=b"fog", Signature=signature)["SignatureValid"])
        invalid = kms.exceptions.KMSInvalidSignatureException
        self.refused(invalid, kms.verify, **how, Message=b"mist", Signature=signature)
