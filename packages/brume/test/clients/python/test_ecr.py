"""ECR: repositories, layers and images, and the registry's own HTTP."""

import base64
import hashlib
import json

import boto3

from smoke import Smoke, fetch, unique

CONFIG = b"{}"
DIGEST = f"sha256:{hashlib.sha256(CONFIG).hexdigest()}"
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": len(CONFIG),
            "digest": DIGEST,
        },
        "layers": [],
    }
)


class ECR(Smoke):
    @classmethod
    def setUpClass(cls):
        cls.client = boto3.Session().client("ecr")

    def test_creates_reads_lists_updates_and_deletes_repositories(self):
        ecr, names = self.client, [unique("repository"), unique("repository")]
        for name in names:
            ecr.create_repository(repositoryName=name)
        self.refused(ecr.exceptions.RepositoryAlreadyExistsException, ecr.create_repository, repositoryName=names[0])
        described = self.pages(ecr, "describe_repositories", "repositories")
        self.assertTrue(set(names) <= {one["repositoryName"] for one in described})
        ecr.put_image_tag_mutability(repositoryName=names[0], imageTagMutability="IMMUTABLE")
        [one] = ecr.describe_repositories(repositoryNames=names[:1])["repositories"]
        self.assertEqual(one["imageTagMutability"], "IMMUTABLE")
        ecr.delete_repository(repositoryName=names[0])
        missing = ecr.exceptions.RepositoryNotFoundException
        self.refused(missing, ecr.describe_repositories, repositoryNames=names[:1])

    def test_takes_layers_and_images(self):
        ecr, name = self.client, unique("repository")
        place = {"repositoryName": name}
        address = ecr.create_repository(**place)["repository"]["repositoryUri"]
        upload = ecr.initiate_layer_upload(**place)["uploadId"]
        ecr.upload_layer_part(**place, uploadId=upload, partFirstByte=0, partLastByte=1, layerPartBlob=CONFIG)
        ecr.complete_layer_upload(**place, uploadId=upload, layerDigests=[DIGEST])
        for tag in ("one", "two"):
            ecr.put_image(**place, imageManifest=MANIFEST, imageManifestMediaType=MANIFEST_TYPE, imageTag=tag)
        tags = self.pages(ecr, "list_images", "imageIds", **place)
        self.assertEqual(sorted(image["imageTag"] for image in tags), ["one", "two"])
        [image] = self.all(ecr, "describe_images", "imageDetails", **place)
        self.assertEqual(sorted(image["imageTags"]), ["one", "two"])
        got = ecr.batch_get_image(**place, imageIds=[{"imageTag": "two"}, {"imageTag": "none"}])
        self.assertEqual(
            (got["images"][0]["imageManifest"], got["failures"][0]["failureCode"]), (MANIFEST, "ImageNotFound")
        )
        self.refused(ecr.exceptions.RepositoryNotEmptyException, ecr.delete_repository, **place)
        self.pulls(address, name)
        ecr.batch_delete_image(**place, imageIds=[{"imageTag": "one"}, {"imageTag": "two"}])
        ecr.delete_repository(**place)

    def pulls(self, address, name):
        """Fetches the manifest as docker would, with the token that ECR gives."""
        [data] = self.client.get_authorization_token()["authorizationData"]
        user = base64.b64decode(data["authorizationToken"]).decode().split(":")[0]
        self.assertEqual(user, "AWS")
        headers = {"authorization": f"Basic {data['authorizationToken']}", "accept": MANIFEST_TYPE}
        url = f"{self.client.meta.endpoint_url}/v2/{name}/manifests/two"
        self.assertEqual(fetch(url, headers=headers), (200, MANIFEST.encode()))
        self.assertTrue(address.endswith(f"/{name}"), address)
