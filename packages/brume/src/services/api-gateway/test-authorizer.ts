/** Asking an authorizer about a request that nobody sends. */
import type { Handler } from "../../kernel/service.js";
import { takeSnapshot } from "./deployments.js";
import { verdictOn } from "./execute/authorizers.js";
import { newExchange } from "./execute/exchange.js";
import { shownTrace, Trace } from "./execute/execution-log.js";
import { GatewayError } from "./execute/responses.js";
import { authorizers, defined, getApi, getRow } from "./tables.js";
import { testRequest } from "./test-invoke.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

export const testInvokeAuthorizer: Handler<Sdk, "TestInvokeAuthorizer"> = async (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const complaint = "Invalid Authorizer identifier specified";
  const authorizer = getRow(ctx, authorizers, complaint, api.id, input.authorizerId);
  const stage = defined({ stageName: "test-invoke-stage", deploymentId: "", variables: input.stageVariables });
  const trace = new Trace(ctx, true);
  const started = ctx.now();
  const target = { snapshot: takeSnapshot(ctx, api), stage, trace };
  const exchange = newExchange(ctx, target, testRequest("GET", input, "/"), undefined);
  const ended = () => ({ log: shownTrace(trace, exchange.requestId), latency: ctx.now() - started });
  trace.add(`Starting authorizer: ${authorizer.id} for request: ${exchange.requestId}`);
  try {
    const { principalId, policy, claims, context } = await verdictOn(exchange, authorizer);
    trace.add(claims ? "Authorizer result: the token is accepted" : `Authorizer result body: ${policy}`);
    const authorization = Object.fromEntries(
      Object.entries(context).map(([name, value]) => [name, [String(value)]] as [string, string[]]),
    );
    return { clientStatus: 200, ...ended(), ...defined({ principalId, policy, claims }), authorization };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    trace.add(`Execution failed due to: ${error.message || error.type}`, true);
    const clientStatus = error.type === "UNAUTHORIZED" ? 401 : 500;
    return { clientStatus, ...ended() };
  }
};
