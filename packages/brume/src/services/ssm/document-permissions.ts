/** The operations that share documents with other accounts. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, pageOf } from "./constraints.js";
import { getOwnDocument } from "./documents.js";
import { documents } from "./tables.js";

type Ssm = typeof import("@aws-sdk/client-ssm");

function checkPermissionType(type: string | undefined): void {
  if (type !== "Share")
    throw new AwsError(
      "InvalidPermissionType",
      "The permission type isn't supported. Share is the only supported permission type.",
    );
}

const MAX_SHARES = 1000;

export const modifyDocumentPermission: Handler<Ssm, "ModifyDocumentPermission"> = (input, ctx) => {
  const document = getOwnDocument(ctx, input.Name);
  checkPermissionType(input.PermissionType);
  const version = input.SharedDocumentVersion ?? "$DEFAULT";
  const shares = { ...document.shares };
  for (const id of [...(input.AccountIdsToAdd ?? []), ...(input.AccountIdsToRemove ?? [])])
    check("accountIds", id, { pattern: /^(all|[0-9]{12})$/i });
  for (const id of input.AccountIdsToAdd ?? []) shares[id.toLowerCase()] = version;
  for (const id of input.AccountIdsToRemove ?? []) delete shares[id.toLowerCase()];
  if (Object.keys(shares).length > MAX_SHARES) {
    throw new AwsError(
      "DocumentPermissionLimit",
      "The document can't be shared with more Amazon Web Services accounts. You can specify a maximum of 20 accounts per API operation to share a private document.",
    );
  }
  ctx.table(documents).put([document.name], { ...document, shares });
  return {};
};

export const describeDocumentPermission: Handler<Ssm, "DescribeDocumentPermission"> = (input, ctx) => {
  const { shares } = getOwnDocument(ctx, input.Name);
  checkPermissionType(input.PermissionType);
  const { items, NextToken } = pageOf(Object.entries(shares).sort(), ([id]) => id, input, 200);
  return {
    AccountIds: items.map(([id]) => id),
    AccountSharingInfoList: items.map(([AccountId, SharedDocumentVersion]) => ({ AccountId, SharedDocumentVersion })),
    NextToken,
  };
};
