/** Amazon Elastic Container Registry. */
import { constrained } from "../../kernel/input-constraints.js";
import { defineService, operation } from "../../kernel/service.js";
import { getAuthorizationToken } from "./authorization.js";
import constraints from "./constraints.json" with { type: "json" };
import * as templates from "./creation-templates.js";
import { layerDownload } from "./distribution/blobs.js";
import { distribution } from "./distribution/endpoint.js";
import * as listing from "./image-listing.js";
import * as images from "./images.js";
import { expireUpload, removeLayers, sweepLayers } from "./layer.js";
import * as layers from "./layers.js";
import * as lifecycle from "./lifecycle.js";
import * as cacheRules from "./pull-through-cache-rules.js";
import * as exclusions from "./pull-time-exclusions.js";
import * as settings from "./registry-settings.js";
import * as repositories from "./repositories.js";
import { refusal, repositoryArn, repositoryOf } from "./repository.js";

export default defineService<typeof import("@aws-sdk/client-ecr")>({
  id: "ecr",
  iamPrefix: "ecr",
  operations: constrained(constraints, refusal, {
    BatchCheckLayerAvailability: operation(layers.batchCheckLayerAvailability, repositoryOf),
    BatchDeleteImage: operation(images.batchDeleteImage, repositoryOf),
    BatchGetImage: operation(images.batchGetImage, repositoryOf),
    BatchGetRepositoryScanningConfiguration: operation(
      settings.batchGetRepositoryScanningConfiguration,
      ({ repositoryNames = [] }, ctx) => repositoryNames.map((name) => repositoryArn(ctx, name)),
    ),
    CompleteLayerUpload: operation(layers.completeLayerUpload, repositoryOf),
    CreatePullThroughCacheRule: operation(cacheRules.createPullThroughCacheRule, "*"),
    CreateRepository: operation(repositories.createRepository, repositoryOf),
    CreateRepositoryCreationTemplate: operation(templates.createRepositoryCreationTemplate, "*"),
    DeleteLifecyclePolicy: operation(lifecycle.deleteLifecyclePolicy, repositoryOf),
    DeletePullThroughCacheRule: operation(cacheRules.deletePullThroughCacheRule, "*"),
    DeleteRegistryPolicy: operation(settings.deleteRegistryPolicy, "*"),
    DeleteRepository: operation(repositories.deleteRepository, repositoryOf),
    DeleteRepositoryCreationTemplate: operation(templates.deleteRepositoryCreationTemplate, "*"),
    DeleteRepositoryPolicy: operation(repositories.deleteRepositoryPolicy, repositoryOf),
    DeleteSigningConfiguration: operation(settings.deleteSigningConfiguration, "*"),
    DeregisterPullTimeUpdateExclusion: operation(exclusions.deregisterPullTimeUpdateExclusion, "*"),
    DescribeImageReplicationStatus: operation(settings.describeImageReplicationStatus, repositoryOf),
    DescribeImageScanFindings: operation(settings.describeImageScanFindings, repositoryOf),
    DescribeImageSigningStatus: operation(settings.describeImageSigningStatus, repositoryOf),
    DescribeImages: operation(listing.describeImages, repositoryOf),
    DescribePullThroughCacheRules: operation(cacheRules.describePullThroughCacheRules, "*"),
    DescribeRegistry: operation(settings.describeRegistry, "*"),
    DescribeRepositories: operation(repositories.describeRepositories, ({ repositoryNames = ["*"], registryId }, ctx) =>
      repositoryNames.map((name) => repositoryArn(ctx, name, registryId)),
    ),
    DescribeRepositoryCreationTemplates: operation(templates.describeRepositoryCreationTemplates, "*"),
    GetAccountSetting: operation(settings.getAccountSetting, "*"),
    GetAuthorizationToken: operation(getAuthorizationToken, "*"),
    GetDownloadUrlForLayer: operation(layers.getDownloadUrlForLayer, repositoryOf),
    GetLifecyclePolicy: operation(lifecycle.getLifecyclePolicy, repositoryOf),
    GetLifecyclePolicyPreview: operation(lifecycle.getLifecyclePolicyPreview, repositoryOf),
    GetRegistryPolicy: operation(settings.getRegistryPolicy, "*"),
    GetRegistryScanningConfiguration: operation(settings.getRegistryScanningConfiguration, "*"),
    GetRepositoryPolicy: operation(repositories.getRepositoryPolicy, repositoryOf),
    GetSigningConfiguration: operation(settings.getSigningConfiguration, "*"),
    InitiateLayerUpload: operation(layers.initiateLayerUpload, repositoryOf),
    ListImageReferrers: operation(listing.listImageReferrers, repositoryOf),
    ListImages: operation(listing.listImages, repositoryOf),
    ListPullTimeUpdateExclusions: operation(exclusions.listPullTimeUpdateExclusions, "*"),
    ListTagsForResource: operation(repositories.listTagsForResource, ({ resourceArn }) => resourceArn ?? "*"),
    PutAccountSetting: operation(settings.putAccountSetting, "*"),
    PutImage: operation(images.putImage, repositoryOf),
    PutImageScanningConfiguration: operation(repositories.putImageScanningConfiguration, repositoryOf),
    PutImageTagMutability: operation(repositories.putImageTagMutability, repositoryOf),
    PutLifecyclePolicy: operation(lifecycle.putLifecyclePolicy, repositoryOf),
    PutRegistryPolicy: operation(settings.putRegistryPolicy, "*"),
    PutRegistryScanningConfiguration: operation(settings.putRegistryScanningConfiguration, "*"),
    PutReplicationConfiguration: operation(settings.putReplicationConfiguration, "*"),
    PutSigningConfiguration: operation(settings.putSigningConfiguration, "*"),
    RegisterPullTimeUpdateExclusion: operation(exclusions.registerPullTimeUpdateExclusion, "*"),
    SetRepositoryPolicy: operation(repositories.setRepositoryPolicy, repositoryOf),
    StartLifecyclePolicyPreview: operation(lifecycle.startLifecyclePolicyPreview, repositoryOf),
    TagResource: operation(repositories.tagResource, ({ resourceArn }) => resourceArn ?? "*"),
    UntagResource: operation(repositories.untagResource, ({ resourceArn }) => resourceArn ?? "*"),
    UpdatePullThroughCacheRule: operation(cacheRules.updatePullThroughCacheRule, "*"),
    UpdateRepositoryCreationTemplate: operation(templates.updateRepositoryCreationTemplate, "*"),
    UploadLayerPart: operation(layers.uploadLayerPart, repositoryOf),
  }),
  resources: {
    "AWS::ECR::PullThroughCacheRule": () => import("./resources/pull-through-cache-rule.js"),
    "AWS::ECR::PullTimeUpdateExclusion": () => import("./resources/pull-time-update-exclusion.js"),
    "AWS::ECR::RegistryPolicy": () => import("./resources/registry-policy.js"),
    "AWS::ECR::RegistryScanningConfiguration": () => import("./resources/registry-scanning-configuration.js"),
    "AWS::ECR::ReplicationConfiguration": () => import("./resources/replication-configuration.js"),
    "AWS::ECR::Repository": () => import("./resources/repository.js"),
    "AWS::ECR::RepositoryCreationTemplate": () => import("./resources/repository-creation-template.js"),
    "AWS::ECR::SigningConfiguration": () => import("./resources/signing-configuration.js"),
  },
  timers: { evaluateLifecycle: lifecycle.evaluateLifecycle, expireUpload, removeLayers, sweepLayers },
  endpoints: { registry: distribution, "layer download": layerDownload },
  unsupported: {
    "images are not scanned": ["StartImageScan"],
    "there is no archive storage": ["UpdateImageStorageClass"],
    "nothing is pulled from another registry": ["ValidatePullThroughCacheRule"],
  },
});
