/** Requests that ecr refuses. */
import type { Refusal } from "./refusal.js";

export default [
  [
    "DescribeRepositories",
    { repositoryNames: ["none"] },
    "RepositoryNotFoundException",
    "The repository with name 'none' does not exist in the registry with id '000000000000'",
  ],
  [
    "CreateRepository",
    { repositoryName: "A" },
    "InvalidParameterException",
    "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*''",
  ],
  [
    "CreateRepository",
    { repositoryName: "there" },
    "RepositoryAlreadyExistsException",
    "The repository with name 'there' already exists in the registry with id '000000000000'",
  ],
  [
    "PutImage",
    { repositoryName: "there", imageManifest: "{" },
    "InvalidParameterException",
    "Invalid parameter at 'imageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
  ],
  [
    "GetLifecyclePolicy",
    { repositoryName: "there" },
    "LifecyclePolicyNotFoundException",
    "Lifecycle policy does not exist for the repository with name 'there' in the registry with id '000000000000'",
  ],
  [
    "GetRepositoryPolicy",
    { repositoryName: "there" },
    "RepositoryPolicyNotFoundException",
    "Repository policy does not exist for the repository with name 'there' in the registry with id '000000000000'",
  ],
  [
    "DescribeImages",
    { repositoryName: "there", imageIds: [{ imageTag: "none" }] },
    "ImageNotFoundException",
    "The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within the repository with name 'there' in the registry with id '000000000000'",
  ],
] satisfies Refusal[];
