/** AWS::ApiGatewayV2::Deployment */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { call, orGone, said } from "./mapped.js";

const keyOf = ({ ApiId, DeploymentId }: Properties) => ({ ApiId, DeploymentId });

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await orGone(call("GetDeployment", keyOf(actual), ctx));
  return found && said({ ...actual, Description: found.Description });
}

export default defineResource({
  async create(desired, ctx) {
    const { ApiId, StageName, Description } = desired;
    const { DeploymentId } = await call("CreateDeployment", said({ ApiId, StageName, Description }), ctx);
    return said({ ApiId, StageName, Description, DeploymentId });
  },
  read,
  async update(desired, actual, ctx) {
    const { StageName, Description } = desired;
    const { DeploymentId } = actual;
    await call("UpdateDeployment", { ...keyOf(actual), Description: Description ?? "" }, ctx);
    if (StageName && StageName !== actual.StageName) {
      await call("UpdateStage", { ApiId: actual.ApiId, StageName, DeploymentId }, ctx);
    }
    return said({ ...keyOf(actual), StageName, Description });
  },
  async delete(actual, ctx) {
    await orGone(call("DeleteDeployment", keyOf(actual), ctx));
  },
  async list() {
    return [];
  },
});
