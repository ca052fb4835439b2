/** Amazon Elastic Container Registry. */
import { defineService, operation } from "../../kernel/service.js";
import * as images from "./images.js";
import * as repositories from "./repositories.js";
import { repositoryArn, repositoryOf } from "./repository.js";

export default defineService<typeof import("@aws-sdk/client-ecr")>({
  id: "ecr",
  iamPrefix: "ecr",
  operations: {
    BatchDeleteImage: operation(images.batchDeleteImage, repositoryOf),
    BatchGetImage: operation(images.batchGetImage, repositoryOf),
    CreateRepository: operation(repositories.createRepository, repositoryOf),
    DeleteLifecyclePolicy: operation(repositories.deleteLifecyclePolicy, repositoryOf),
    DeleteRepository: operation(repositories.deleteRepository, repositoryOf),
    DeleteRepositoryPolicy: operation(repositories.deleteRepositoryPolicy, repositoryOf),
    DescribeImages: operation(images.describeImages, repositoryOf),
    DescribeRepositories: operation(repositories.describeRepositories, ({ repositoryNames = ["*"], registryId }, ctx) =>
      repositoryNames.map((name) => repositoryArn(ctx, name, registryId)),
    ),
    GetAuthorizationToken: operation(images.getAuthorizationToken, "*"),
    GetLifecyclePolicy: operation(repositories.getLifecyclePolicy, repositoryOf),
    GetRepositoryPolicy: operation(repositories.getRepositoryPolicy, repositoryOf),
    ListImages: operation(images.listImages, repositoryOf),
    ListTagsForResource: operation(repositories.listTagsForResource, ({ resourceArn }) => resourceArn ?? "*"),
    PutImage: operation(images.putImage, repositoryOf),
    PutImageScanningConfiguration: operation(repositories.putImageScanningConfiguration, repositoryOf),
    PutImageTagMutability: operation(repositories.putImageTagMutability, repositoryOf),
    PutLifecyclePolicy: operation(repositories.putLifecyclePolicy, repositoryOf),
    SetRepositoryPolicy: operation(repositories.setRepositoryPolicy, repositoryOf),
    TagResource: operation(repositories.tagResource, ({ resourceArn }) => resourceArn ?? "*"),
    UntagResource: operation(repositories.untagResource, ({ resourceArn }) => resourceArn ?? "*"),
  },
  resources: {
    "AWS::ECR::Repository": () => import("./resources/repository.js"),
  },
  unsupported: {
    "layers are not stored: there is no registry yet": [
      "BatchCheckLayerAvailability",
      "CompleteLayerUpload",
      "GetDownloadUrlForLayer",
      "InitiateLayerUpload",
      "UploadLayerPart",
    ],
    "images are not scanned": [
      "BatchGetRepositoryScanningConfiguration",
      "DescribeImageScanFindings",
      "GetRegistryScanningConfiguration",
      "PutRegistryScanningConfiguration",
      "StartImageScan",
    ],
    "nothing is pulled from, or replicated to, another registry": [
      "CreatePullThroughCacheRule",
      "CreateRepositoryCreationTemplate",
      "DeletePullThroughCacheRule",
      "DeleteRepositoryCreationTemplate",
      "DescribeImageReplicationStatus",
      "DescribePullThroughCacheRules",
      "DescribeRepositoryCreationTemplates",
      "PutReplicationConfiguration",
      "UpdatePullThroughCacheRule",
      "UpdateRepositoryCreationTemplate",
      "ValidatePullThroughCacheRule",
    ],
    "the registry has no settings of its own": [
      "DeleteRegistryPolicy",
      "DescribeRegistry",
      "GetAccountSetting",
      "GetRegistryPolicy",
      "PutAccountSetting",
      "PutRegistryPolicy",
    ],
    "images are not signed, and refer to none": [
      "DeleteSigningConfiguration",
      "DescribeImageSigningStatus",
      "GetSigningConfiguration",
      "ListImageReferrers",
      "PutSigningConfiguration",
    ],
    "images do not expire": [
      "DeregisterPullTimeUpdateExclusion",
      "GetLifecyclePolicyPreview",
      "ListPullTimeUpdateExclusions",
      "RegisterPullTimeUpdateExclusion",
      "StartLifecyclePolicyPreview",
      "UpdateImageStorageClass",
    ],
  },
});
