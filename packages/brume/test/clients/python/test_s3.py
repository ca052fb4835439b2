"""S3: objects and buckets, transfers in parts, presigned URLs, resources, waiters."""

import hashlib
import io
import json
import random
import threading
import urllib.parse
import uuid

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from smoke import Smoke, fetch, unique

MB = 2**20


class S3(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.session = session
        cls.client = session.client("s3")
        cls.resource = session.resource("s3")
        cls.bucket = unique("smoke")
        cls.client.create_bucket(Bucket=cls.bucket)

    def test_creates_reads_lists_tags_and_deletes_buckets(self):
        s3, name = self.client, unique("made")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.get_waiter("bucket_exists").wait(Bucket=name)
        self.assertEqual(s3.get_bucket_location(Bucket=name)["LocationConstraint"], "eu-west-1")
        self.assertIn(name, [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]])
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "team", "Value": "mist"}]})
        self.assertEqual(s3.get_bucket_tagging(Bucket=name)["TagSet"], [{"Key": "team", "Value": "mist"}])
        s3.delete_bucket(Bucket=name)
        s3.get_waiter("bucket_not_exists").wait(Bucket=name)
        self.refused(s3.exceptions.NoSuchBucket, s3.list_objects_v2, Bucket=name)
        self.refused("404", s3.head_bucket, Bucket=name)

    def test_creates_reads_copies_and_deletes_objects(self):
        s3, key = self.client, "folder/weather report ☃+%.txt"
        put = s3.put_object(
            Bucket=self.bucket, Key=key, Body=b"fog", ContentType="text/plain", Metadata={"seen-by": "me"}
        )
        s3.get_waiter("object_exists").wait(Bucket=self.bucket, Key=key)
        got = s3.get_object(Bucket=self.bucket, Key=key)
        self.assertEqual((got["Body"].read(), got["Metadata"], got["ETag"]), (b"fog", {"seen-by": "me"}, put["ETag"]))
        self.assertEqual(got["ContentType"], "text/plain")
        s3.copy_object(Bucket=self.bucket, Key="copy", CopySource={"Bucket": self.bucket, "Key": key})
        self.assertEqual(s3.get_object(Bucket=self.bucket, Key="copy", Range="bytes=1-")["Body"].read(), b"og")
        deleted = s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": key}, {"Key": "copy"}]})
        self.assertEqual({one["Key"] for one in deleted["Deleted"]}, {key, "copy"})
        s3.get_waiter("object_not_exists").wait(Bucket=self.bucket, Key=key)
        self.refused(s3.exceptions.NoSuchKey, s3.get_object, Bucket=self.bucket, Key=key)
        self.refused("404", s3.head_object, Bucket=self.bucket, Key=key)

    def test_lists_objects_page_by_page(self):
        for index in range(5):
            self.client.put_object(Bucket=self.bucket, Key=f"pages/{index} ü", Body=b"")
        listed = self.pages(self.client, "list_objects_v2", "Contents", 2, Bucket=self.bucket, Prefix="pages/")
        self.assertEqual([one["Key"] for one in listed], [f"pages/{index} ü" for index in range(5)])
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Delimiter="/")
        self.assertIn("pages/", [prefix["Prefix"] for prefix in pages.search("CommonPrefixes[]")])

    def test_refuses_a_write_whose_condition_does_not_hold(self):
        self.client.put_object(Bucket=self.bucket, Key="once", Body=b"1", IfNoneMatch="*")
        put = self.client.put_object
        self.refused("PreconditionFailed", put, Bucket=self.bucket, Key="once", Body=b"2", IfNoneMatch="*")

    def test_checks_checksums(self):
        s3 = self.client
        put = s3.put_object(Bucket=self.bucket, Key="summed", Body=b"fog", ChecksumAlgorithm="SHA256")
        head = s3.head_object(Bucket=self.bucket, Key="summed", ChecksumMode="ENABLED")
        self.assertEqual(head["ChecksumSHA256"], put["ChecksumSHA256"])
        wrong = {"ChecksumSHA256": "A" * 43 + "="}
        self.refused("BadDigest", s3.put_object, Bucket=self.bucket, Key="wrong", Body=b"fog", **wrong)

    def test_transfers_20_mb_in_parts_and_streams_them_back(self):
        content = random.Random(7).randbytes(20 * MB)
        config = TransferConfig(multipart_threshold=8 * MB, multipart_chunksize=8 * MB, max_concurrency=4)
        sent, lock = [], threading.Lock()

        def progress(count):
            with lock:
                sent.append(count)

        self.client.upload_fileobj(
            io.BytesIO(content),
            self.bucket,
            "large",
            ExtraArgs={"Metadata": {"a": "b"}},
            Config=config,
            Callback=progress,
        )
        head = self.client.head_object(Bucket=self.bucket, Key="large")
        self.assertEqual((head["ContentLength"], head["Metadata"], sum(sent)), (20 * MB, {"a": "b"}, 20 * MB))
        self.assertRegex(head["ETag"], r'^"[0-9a-f]{32}-3"$')
        digest = hashlib.sha256()
        for chunk in self.client.get_object(Bucket=self.bucket, Key="large")["Body"].iter_chunks(MB):
            digest.update(chunk)
        self.assertEqual(digest.digest(), hashlib.sha256(content).digest())
        fetched = io.BytesIO()
        self.client.download_fileobj(self.bucket, "large", fetched, Config=config)
        self.assertTrue(fetched.getvalue() == content)
        self.client.copy({"Bucket": self.bucket, "Key": "large"}, self.bucket, "large copy", Config=config)
        part = self.client.get_object(Bucket=self.bucket, Key="large copy", Range=f"bytes={19 * MB}-")
        self.assertTrue(part["Body"].read() == content[19 * MB :])

    def test_lists_and_aborts_uploads(self):
        s3 = self.client
        upload = s3.create_multipart_upload(Bucket=self.bucket, Key="unfinished")["UploadId"]
        place = {"Bucket": self.bucket, "Key": "unfinished", "UploadId": upload}
        for number in (1, 2):
            s3.upload_part(**place, PartNumber=number, Body=b"x")
        parts = self.pages(s3, "list_parts", "Parts", **place)
        self.assertEqual([part["PartNumber"] for part in parts], [1, 2])
        uploads = self.all(s3, "list_multipart_uploads", "Uploads", Bucket=self.bucket)
        self.assertIn(upload, [one["UploadId"] for one in uploads])
        completed = {"Parts": [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]}
        self.refused("EntityTooSmall", s3.complete_multipart_upload, **place, MultipartUpload=completed)
        s3.abort_multipart_upload(**place)
        self.refused(s3.exceptions.NoSuchUpload, s3.list_parts, **place)

    def test_presigns_urls(self):
        for version in ("s3v4", "s3"):
            client = self.session.client("s3", config=Config(signature_version=version))
            place = {"Bucket": self.bucket, "Key": f"presigned {version}"}
            url = client.generate_presigned_url("put_object", Params=place)
            self.assertEqual(fetch(url, data=b"mist", method="PUT", headers={"content-type": ""})[0], 200)
            url = client.generate_presigned_url("get_object", Params=place)
            self.assertEqual(fetch(url), (200, b"mist"))

    def test_checks_presigned_urls_of_keys_that_iam_gave(self):
        iam, name, bucket = self.session.resource("iam"), unique("presigner"), f"arn:aws:s3:::{self.bucket}/*"
        user = iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": "s3:*", "Resource": bucket}
        user.create_policy(PolicyName="all", PolicyDocument=json.dumps({"Statement": [statement]}))
        key = user.create_access_key_pair()
        session = boto3.Session(aws_access_key_id=key.id, aws_secret_access_key=key.secret)
        self.client.put_object(Bucket=self.bucket, Key="private", Body=b"fog")
        place = {"Bucket": self.bucket, "Key": "private", "ResponseContentType": "a/b"}
        for version in ("s3v4", "s3"):
            client = session.client("s3", config=Config(signature_version=version))
            url = client.generate_presigned_url("get_object", Params=place)
            self.assertEqual(fetch(url), (200, b"fog"))
            status, body = fetch(url.replace("a%2Fb", "a%2Fc"))
            self.assertEqual((status, b"SignatureDoesNotMatch" in body), (403, True))
            form = client.generate_presigned_post(self.bucket, f"form {version}")
            self.assertEqual(self.post(form, b"mist")[0], 204)
            form["fields"]["policy"] += "="
            self.assertEqual(self.post(form, b"mist")[0], 403)

    def test_presigns_forms(self):
        form = self.client.generate_presigned_post(
            self.bucket, "forms/${filename}", Conditions=[["content-length-range", 1, 10]]
        )
        self.assertEqual(self.post(form, b"fog")[0], 204)
        self.assertEqual(self.client.get_object(Bucket=self.bucket, Key="forms/a.txt")["Body"].read(), b"fog")
        status, body = self.post(form, b"fog" * 10)
        self.assertEqual((status, b"EntityTooLarge" in body), (400, True))

    def post(self, form, content):
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in form["fields"].items()
        ]
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n')
        body = "".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
        return fetch(form["url"], body, headers={"content-type": f"multipart/form-data; boundary={boundary}"})

    def test_has_resources(self):
        bucket = self.resource.Bucket(unique("resource"))
        bucket.create()
        bucket.wait_until_exists()
        bucket.Versioning().enable()
        self.assertEqual(bucket.Versioning().status, "Enabled")
        thing = bucket.Object("thing")
        for text in ("one", "two"):
            thing.put(Body=text.encode(), Tagging=urllib.parse.urlencode({"text": text}))
        thing.wait_until_exists()
        self.assertEqual(thing.get()["Body"].read(), b"two")
        self.assertEqual([one.key for one in bucket.objects.filter(Prefix="th").limit(5)], ["thing"])
        versions = list(bucket.object_versions.filter(Prefix="thing"))
        self.assertEqual([version.get()["Body"].read() for version in versions], [b"two", b"one"])
        thing.delete()
        self.assertEqual(list(bucket.objects.all()), [])
        bucket.object_versions.delete()
        bucket.delete()
        bucket.wait_until_not_exists()
