/** `FunctionUrlConfig`: a function's URL, and who may call it. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { expectMap, invalidResource } from "./errors.js";
import { type Made, make, type Source } from "./expansion.js";
import { isIntrinsic, ref } from "./intrinsics.js";
import { mapOf, says } from "./plain.js";

const CORS: Readonly<Record<string, { type: string; is: (value: Json) => boolean }>> = {
  AllowOrigins: { type: "list", is: Array.isArray },
  AllowMethods: { type: "list", is: Array.isArray },
  AllowCredentials: { type: "bool", is: (value) => typeof value === "boolean" },
  AllowHeaders: { type: "list", is: Array.isArray },
  ExposeHeaders: { type: "list", is: Array.isArray },
  MaxAge: { type: "int", is: (value) => Number.isInteger(value) || typeof value === "boolean" },
};

/** Makes a function's URL and, where anyone may call it, the permissions for that. @throws Mistake */
export function makeUrl({ id, properties, shared }: Source, alias: Made | undefined): Made[] {
  const config = mapOf(properties.FunctionUrlConfig);
  if (!says(config)) return [];
  check(id, config);
  const target = ref(alias?.id ?? id);
  const { AuthType: auth, Cors: cors, InvokeMode: mode } = config;
  const url = make(
    `${id}Url`,
    "AWS::Lambda::Url",
    { TargetFunctionArn: target, AuthType: auth, Cors: says(cors) ? cors : undefined, InvokeMode: mode },
    shared,
  );
  if (auth !== "NONE") return [url];
  const permit = (suffix: string, action: string, more: JsonObject) =>
    make(
      `${id}${suffix}`,
      "AWS::Lambda::Permission",
      { Action: action, FunctionName: target, Principal: "*", ...more },
      shared,
    );
  return [
    url,
    permit("UrlPublicPermissions", "lambda:InvokeFunctionUrl", { FunctionUrlAuthType: auth }),
    permit("URLInvokeAllowPublicAccess", "lambda:InvokeFunction", { InvokedViaFunctionUrl: true }),
  ];
}

function check(id: string, config: JsonObject): void {
  if (isIntrinsic(config)) return;
  const { AuthType: auth, Cors: cors } = config;
  if (!isIntrinsic(auth) && auth !== "AWS_IAM" && auth !== "NONE") {
    throw invalidResource(
      id,
      "AuthType is required to configure function property `FunctionUrlConfig`. Please provide either AWS_IAM or NONE.",
    );
  }
  if (!says(cors) || isIntrinsic(cors)) return;
  for (const [name, value] of Object.entries(expectMap(cors, { id, path: "FunctionUrlConfig.Cors" }))) {
    const expected = CORS[name];
    if (!expected) throw invalidResource(id, `${name} is not a valid property for configuring Cors.`);
    if (!isIntrinsic(value) && !expected.is(value)) {
      throw invalidResource(id, `${name} must be of type ${expected.type}.`);
    }
  }
}
