/** The rules of a bucket's website: whether they hold together, and where they send a request. */
import { AwsError } from "../../kernel/errors.js";

export interface Redirect {
  readonly HostName?: string;
  readonly HttpRedirectCode?: string;
  readonly Protocol?: string;
  readonly ReplaceKeyPrefixWith?: string;
  readonly ReplaceKeyWith?: string;
}
export interface RoutingRule {
  readonly Condition?: { readonly HttpErrorCodeReturnedEquals?: string; readonly KeyPrefixEquals?: string };
  readonly Redirect?: Redirect;
}

/** A website configuration as the SDK types it. */
export interface Website {
  readonly IndexDocument?: { readonly Suffix?: string };
  readonly ErrorDocument?: { readonly Key?: string };
  readonly RedirectAllRequestsTo?: { readonly HostName?: string; readonly Protocol?: string };
  readonly RoutingRules?: readonly RoutingRule[];
}

/** Where a request is sent: to a key under a host, or under the one that was asked. */
export interface Destination {
  readonly status: number;
  readonly protocol?: string | undefined;
  readonly host?: string | undefined;
  readonly key: string;
}

const invalid = (message: string, code = "InvalidArgument") => new AwsError(code, message, { status: 400 });

/** @throws AwsError `InvalidArgument` or `InvalidRequest` for a configuration that S3 does not take */
export function checkWebsite({ IndexDocument, ErrorDocument, RedirectAllRequestsTo, RoutingRules }: Website): void {
  if (RedirectAllRequestsTo) {
    if (IndexDocument || ErrorDocument || RoutingRules) {
      throw invalid("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.");
    }
    checkProtocol(RedirectAllRequestsTo.Protocol);
    return;
  }
  if (!IndexDocument) {
    throw invalid("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty");
  }
  const suffix = IndexDocument.Suffix ?? "";
  if (suffix === "" || suffix.includes("/")) throw invalid("The IndexDocument Suffix is not well formed");
  if (ErrorDocument?.Key === "") throw invalid("The ErrorDocument Key is not well formed");
  for (const rule of RoutingRules ?? []) checkRule(rule);
}

function checkRule({ Condition, Redirect }: RoutingRule): void {
  const { HttpErrorCodeReturnedEquals: code, KeyPrefixEquals } = Condition ?? {};
  if (Condition && code === undefined && KeyPrefixEquals === undefined) {
    throw invalid(
      "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
      "InvalidRequest",
    );
  }
  if (code !== undefined && !/^[45]\d\d$/.test(code)) {
    throw invalid(`The provided HTTP error code (${code}) is not valid. Valid codes are 4XX or 5XX.`, "InvalidRequest");
  }
  checkProtocol(Redirect?.Protocol);
  if (Redirect?.ReplaceKeyPrefixWith !== undefined && Redirect.ReplaceKeyWith !== undefined) {
    throw invalid("You can only define ReplaceKeyPrefix or ReplaceKey but not both.", "InvalidRequest");
  }
  const redirectCode = Redirect?.HttpRedirectCode;
  if (redirectCode !== undefined && !/^3(?!00)\d\d$/.test(redirectCode)) {
    throw invalid(
      `The provided HTTP redirect code (${redirectCode}) is not valid. Valid codes are 3XX except 300.`,
      "InvalidRequest",
    );
  }
}

function checkProtocol(protocol: string | undefined): void {
  if (protocol === undefined || protocol === "http" || protocol === "https") return;
  throw invalid(
    "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.",
    "InvalidRequest",
  );
}

/** Where the first rule that holds sends a key: before it is looked up, or (with an error's status) when that failed. */
export function route(website: Website, key: string, errorStatus?: number): Destination | undefined {
  const all = website.RedirectAllRequestsTo;
  if (all) return { status: 301, protocol: all.Protocol, host: all.HostName, key };
  const rule = website.RoutingRules?.find(({ Condition }) => {
    const { HttpErrorCodeReturnedEquals: code, KeyPrefixEquals = "" } = Condition ?? {};
    const sameStage = errorStatus === undefined ? code === undefined : code === String(errorStatus);
    return sameStage && key.startsWith(KeyPrefixEquals);
  });
  if (!rule) return undefined;
  const { HostName, HttpRedirectCode, Protocol, ReplaceKeyPrefixWith, ReplaceKeyWith } = rule.Redirect ?? {};
  const prefix = rule.Condition?.KeyPrefixEquals ?? "";
  const replaced = ReplaceKeyPrefixWith === undefined ? key : ReplaceKeyPrefixWith + key.slice(prefix.length);
  return {
    status: Number(HttpRedirectCode ?? 301),
    protocol: Protocol,
    host: HostName,
    key: ReplaceKeyWith ?? replaced,
  };
}
