/** The operations on dashboards, which are kept but not drawn. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { dashboardArn, dashboards, missing, page, tags } from "./tables.js";
import { withTags } from "./tags.js";

type CloudWatch = typeof import("@aws-sdk/client-cloudwatch");

const PAGE = 1000;

const notFound = (name: string) => new AwsError("DashboardNotFoundError", `Dashboard ${name} does not exist`);
const invalid = (message: string, DataPath: string) =>
  new AwsError("DashboardInvalidInputError", message, {
    members: { dashboardValidationMessages: [{ Message: message, DataPath }] },
  });

// Differs from AWS: of a body only that it is an object of JSON is checked.
export const putDashboard: Handler<CloudWatch, "PutDashboard"> = (input, ctx) => {
  const { DashboardName: name, DashboardBody: body, Tags } = input;
  if (!name) throw missing("DashboardName");
  if (!/^[\w-]{1,255}$/.test(name)) throw invalid(`The value ${name} for field DashboardName is invalid.`, "/");
  if (!body) throw missing("DashboardBody");
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw invalid("The field DashboardBody must be a valid JSON object", "/");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw invalid("The field DashboardBody must be a valid JSON object", "/");
  const isNew = !ctx.table(dashboards).has(name);
  ctx.table(dashboards).put([name], { name, body, modifiedAt: ctx.now() });
  if (isNew && Tags) ctx.table(tags).put([dashboardArn(ctx, name)], withTags({}, Tags));
  return { DashboardValidationMessages: [] };
};

export const getDashboard: Handler<CloudWatch, "GetDashboard"> = ({ DashboardName: name }, ctx) => {
  if (!name) throw missing("DashboardName");
  const dashboard = ctx.table(dashboards).get(name);
  if (!dashboard) throw notFound(name);
  return { DashboardArn: dashboardArn(ctx, name), DashboardName: name, DashboardBody: dashboard.body };
};

export const listDashboards: Handler<CloudWatch, "ListDashboards"> = (input, ctx) => {
  const found = ctx
    .table(dashboards)
    .rows()
    .filter(({ name }) => name.startsWith(input.DashboardNamePrefix ?? ""));
  const { items, NextToken } = page(found, PAGE, input.NextToken);
  return {
    DashboardEntries: items.map(({ name, body, modifiedAt }) => ({
      DashboardName: name,
      DashboardArn: dashboardArn(ctx, name),
      LastModified: new Date(modifiedAt),
      Size: Buffer.byteLength(body),
    })),
    NextToken,
  };
};

export const deleteDashboards: Handler<CloudWatch, "DeleteDashboards"> = ({ DashboardNames = [] }, ctx) => {
  const strange = DashboardNames.find((name) => !ctx.table(dashboards).has(name));
  if (strange !== undefined) throw notFound(strange);
  for (const name of DashboardNames) {
    ctx.table(dashboards).delete(name);
    ctx.table(tags).delete(dashboardArn(ctx, name));
  }
  return {};
};
