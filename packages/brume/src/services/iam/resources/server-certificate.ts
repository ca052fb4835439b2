/** AWS::IAM::ServerCertificate */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, tagsOf, toText } from "../../../kernel/template-values.js";
import { orGone, syncTags, type Tag } from "./entity.js";

interface Answer {
  ServerCertificate: {
    ServerCertificateMetadata: { ServerCertificateName: string; Path: string; Arn: string };
    CertificateBody: string;
    CertificateChain?: string;
    Tags?: Tag[];
  };
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const { ServerCertificateName } = actual;
  const found = await orGone(ctx.call<Answer>("iam", "GetServerCertificate", { ServerCertificateName }));
  if (!found) return undefined;
  const { ServerCertificateMetadata: metadata, CertificateBody, CertificateChain, Tags } = found.ServerCertificate;
  return defined({
    ServerCertificateName: metadata.ServerCertificateName,
    Path: metadata.Path,
    Arn: metadata.Arn,
    CertificateBody,
    CertificateChain,
    // Nobody is shown the key again: what was given stays in the model.
    PrivateKey: actual.PrivateKey,
    Tags: Tags?.map(({ Key, Value }) => ({ Key, Value })),
  });
}

export default defineResource({
  async create(desired, ctx) {
    const ServerCertificateName = toText(desired.ServerCertificateName) ?? ctx.physicalName({ maxLength: 128 });
    const { Path, CertificateBody, CertificateChain, PrivateKey } = desired;
    const input = { ServerCertificateName, Path, CertificateBody, CertificateChain, PrivateKey, Tags: tagsOf(desired) };
    await ctx.call("iam", "UploadServerCertificate", input);
    return (await read({ ...desired, ServerCertificateName }, ctx)) ?? { ServerCertificateName };
  },
  read,
  async update(desired, actual, ctx) {
    const ServerCertificateName = actual.ServerCertificateName as string;
    const target = { ServerCertificateName };
    const path = toText(desired.Path) ?? "/";
    if (path !== actual.Path) await ctx.call("iam", "UpdateServerCertificate", { ...target, NewPath: path });
    await syncTags("ServerCertificate", target, desired, actual, ctx);
    return (await read({ ...desired, ServerCertificateName }, ctx)) ?? actual;
  },
  async delete({ ServerCertificateName }, ctx) {
    await orGone(ctx.call("iam", "DeleteServerCertificate", { ServerCertificateName }));
  },
  async list(ctx) {
    const { ServerCertificateMetadataList: all } = await ctx.call<{
      ServerCertificateMetadataList: { ServerCertificateName: string }[];
    }>("iam", "ListServerCertificates", { MaxItems: 1000 });
    return all.map(({ ServerCertificateName }) => ({ ServerCertificateName }));
  },
});
