import * as sdk from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let iam: sdk.IAMClient;
beforeAll(async () => {
  cloud = await startCloud();
  iam = cloud.client(sdk.IAMClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newUser(): Promise<string> {
  const UserName = `user-${count++}`;
  await iam.send(new sdk.CreateUserCommand({ UserName }));
  return UserName;
}

describe("CreateUser, GetUser, ListUsers, UpdateUser", () => {
  it("keep users by name", async () => {
    const UserName = await newUser();
    const { User } = await iam.send(new sdk.GetUserCommand({ UserName }));
    expect(User).toMatchObject({ Path: "/", Arn: `arn:aws:iam::000000000000:user/${UserName}` });
    expect(User?.UserId).toMatch(/^AIDA[A-Z2-7]{17}$/);
    await iam.send(new sdk.UpdateUserCommand({ UserName, NewUserName: `${UserName}-new`, NewPath: "/x/" }));
    const { Users } = await iam.send(new sdk.ListUsersCommand({ PathPrefix: "/x/" }));
    expect(Users?.map((user) => user.UserName)).toEqual([`${UserName}-new`]);
    await expect(iam.send(new sdk.GetUserCommand({ UserName }))).rejects.toThrow(
      `The user with name ${UserName} cannot be found.`,
    );
  });
});

describe("CreateAccessKey, ListAccessKeys, UpdateAccessKey, GetAccessKeyLastUsed, DeleteAccessKey", () => {
  it("make credentials that stand for the user, until they are deactivated or deleted", async () => {
    const UserName = await newUser();
    const { AccessKey } = await iam.send(new sdk.CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    const asUser = cloud.client(STSClient, { credentials });
    const identity = () => asUser.send(new GetCallerIdentityCommand({}));
    expect((await identity()).Arn).toBe(`arn:aws:iam::000000000000:user/${UserName}`);
    const self = await cloud.client(sdk.IAMClient, { credentials }).send(new sdk.GetUserCommand({}));
    expect(self.User?.UserName).toBe(UserName);

    await iam.send(new sdk.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
    await expect(identity()).rejects.toMatchObject({ name: "InvalidClientTokenId" });
    await iam.send(new sdk.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Active" }));
    await identity();
    const used = await iam.send(new sdk.GetAccessKeyLastUsedCommand({ AccessKeyId }));
    expect(used.UserName).toBe(UserName);
    await iam.send(new sdk.DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    await expect(identity()).rejects.toMatchObject({ name: "InvalidClientTokenId" });
    expect((await iam.send(new sdk.ListAccessKeysCommand({ UserName }))).AccessKeyMetadata).toEqual([]);
  });

  it("allow two keys a user", async () => {
    const UserName = await newUser();
    for (let i = 0; i < 2; i++) await iam.send(new sdk.CreateAccessKeyCommand({ UserName }));
    await expect(iam.send(new sdk.CreateAccessKeyCommand({ UserName }))).rejects.toThrow(
      "Cannot exceed quota for AccessKeysPerUser: 2",
    );
  });
});

describe("CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, DeleteUser", () => {
  it("keep a user from being deleted while it has a login profile", async () => {
    const UserName = await newUser();
    await iam.send(new sdk.CreateLoginProfileCommand({ UserName, Password: "Long enough!" }));
    await iam.send(new sdk.UpdateLoginProfileCommand({ UserName, PasswordResetRequired: true }));
    const { LoginProfile } = await iam.send(new sdk.GetLoginProfileCommand({ UserName }));
    expect(LoginProfile?.PasswordResetRequired).toBe(true);
    await expect(iam.send(new sdk.DeleteUserCommand({ UserName }))).rejects.toThrow(
      "Cannot delete entity, must delete login profile first.",
    );
    await iam.send(new sdk.DeleteLoginProfileCommand({ UserName }));
    await iam.send(new sdk.DeleteUserCommand({ UserName }));
  });
});

describe("PutUserPermissionsBoundary, DeleteUserPermissionsBoundary", () => {
  it("set and clear the boundary", async () => {
    const UserName = await newUser();
    const PermissionsBoundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    await iam.send(new sdk.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
    const { User } = await iam.send(new sdk.GetUserCommand({ UserName }));
    expect(User?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(PermissionsBoundary);
    await iam.send(new sdk.DeleteUserPermissionsBoundaryCommand({ UserName }));
  });
});

describe("TagUser, UntagUser, ListUserTags", () => {
  it("keep the tags", async () => {
    const UserName = await newUser();
    await iam.send(
      new sdk.TagUserCommand({
        UserName,
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      }),
    );
    await iam.send(new sdk.UntagUserCommand({ UserName, TagKeys: ["a"] }));
    expect((await iam.send(new sdk.ListUserTagsCommand({ UserName }))).Tags).toEqual([{ Key: "b", Value: "2" }]);
  });
});

describe("CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser", () => {
  it("hold users, through a change of name", async () => {
    const UserName = await newUser();
    await iam.send(new sdk.CreateGroupCommand({ GroupName: "old" }));
    await iam.send(new sdk.AddUserToGroupCommand({ GroupName: "old", UserName }));
    await iam.send(new sdk.UpdateGroupCommand({ GroupName: "old", NewGroupName: "new" }));
    const { Users } = await iam.send(new sdk.GetGroupCommand({ GroupName: "new" }));
    expect(Users?.map((user) => user.UserName)).toEqual([UserName]);
    const { Groups } = await iam.send(new sdk.ListGroupsForUserCommand({ UserName }));
    expect(Groups?.map((group) => group.GroupName)).toEqual(["new"]);
    await expect(iam.send(new sdk.DeleteGroupCommand({ GroupName: "new" }))).rejects.toThrow(
      sdk.DeleteConflictException,
    );
    await iam.send(new sdk.RemoveUserFromGroupCommand({ GroupName: "new", UserName }));
    await iam.send(new sdk.DeleteGroupCommand({ GroupName: "new" }));
    expect((await iam.send(new sdk.ListGroupsCommand({}))).Groups).toEqual([]);
  });
});
