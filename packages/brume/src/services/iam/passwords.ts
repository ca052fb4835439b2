/** The operations on the passwords of users. */
import { createHash } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import type { Login, User } from "./entity.js";
import { checkPassword, passwordPolicyOf, violation } from "./password-policy.js";
import { alreadyExists, changeEntity, getEntity, noSuchEntity } from "./tables.js";
import { callingUser, namedUser } from "./user-credentials.js";

type Iam = typeof import("@aws-sdk/client-iam");

/** How many passwords are remembered at most: as many as a policy can forbid. */
const MAX_REMEMBERED = 24;

const hashOf = ({ id }: User, password: string) => createHash("sha256").update(id).update(password).digest("hex");

/** The login of a user with a new password. @throws AwsError `PasswordPolicyViolationException` */
function withPassword(ctx: Context, user: User, given: string | undefined, login: Partial<Login>): Login {
  const hash = hashOf(user, checkPassword(ctx, given));
  const before = user.login?.hashes ?? [];
  const forbidden = passwordPolicyOf(ctx)?.PasswordReusePrevention ?? 0;
  if (forbidden > 0 && before.slice(-forbidden).includes(hash)) throw violation();
  const now = ctx.now();
  const hashes = [...before, hash].slice(-MAX_REMEMBERED);
  return { createdAt: now, resetRequired: false, ...user.login, ...login, changedAt: now, hashes };
}

function loginOf({ name, login }: User): Login {
  if (!login) throw noSuchEntity(`Login Profile for User ${name} cannot be found.`);
  return login;
}

function answer(user: User) {
  const { createdAt, resetRequired } = loginOf(user);
  return { UserName: user.name, CreateDate: new Date(createdAt), PasswordResetRequired: resetRequired };
}

// Differs from AWS: there is no console to sign in to; a password is good for changing it.
export const createLoginProfile: Handler<Iam, "CreateLoginProfile"> = (input, ctx) => {
  const user = namedUser(ctx, input.UserName);
  if (user.login) throw alreadyExists(`Login Profile for user ${user.name} already exists.`);
  const login = withPassword(ctx, user, input.Password, { resetRequired: input.PasswordResetRequired ?? false });
  return { LoginProfile: answer(changeEntity(ctx, "user", user, { login })) };
};

export const getLoginProfile: Handler<Iam, "GetLoginProfile"> = (input, ctx) => ({
  LoginProfile: answer(namedUser(ctx, input.UserName)),
});

export const updateLoginProfile: Handler<Iam, "UpdateLoginProfile"> = (input, ctx) => {
  const user = getEntity(ctx, "user", input.UserName);
  const before = loginOf(user);
  const resetRequired = input.PasswordResetRequired ?? before.resetRequired;
  const login =
    input.Password === undefined
      ? { ...before, resetRequired }
      : withPassword(ctx, user, input.Password, { resetRequired });
  changeEntity(ctx, "user", user, { login });
  return {};
};

export const deleteLoginProfile: Handler<Iam, "DeleteLoginProfile"> = (input, ctx) => {
  const user = namedUser(ctx, input.UserName);
  loginOf(user);
  changeEntity(ctx, "user", user, { login: undefined });
  return {};
};

export const changePassword: Handler<Iam, "ChangePassword"> = (input, ctx) => {
  const name = callingUser(ctx);
  if (name === undefined)
    throw new AwsError("InvalidUserTypeException", "Only IAM Users can change their own password");
  const user = getEntity(ctx, "user", name);
  const { hashes } = loginOf(user);
  if (hashes.at(-1) !== hashOf(user, input.OldPassword ?? ""))
    throw new AwsError("AccessDenied", "The old password was incorrect.", { status: 403 });
  changeEntity(ctx, "user", user, { login: withPassword(ctx, user, input.NewPassword, { resetRequired: false }) });
  return {};
};
