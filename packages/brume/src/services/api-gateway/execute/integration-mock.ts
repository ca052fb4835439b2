/** Integrations that answer by themselves: the request template says with which status. */
import type { Integration } from "@aws-sdk/client-api-gateway";
import type { ApiResponse, Exchange } from "./exchange.js";
import { mapRequest, mapResponse } from "./mapping.js";
import { GatewayError } from "./responses.js";

/** The status that a template's outcome names; templates often leave more in it than JSON allows. */
function statusIn(text: string): string {
  const found = /["']?statusCode["']?\s*:\s*["']?(\d{3})/.exec(text)?.[1];
  if (!found) throw new GatewayError("API_CONFIGURATION_ERROR");
  return found;
}

/** Answers without asking anybody. */
export async function mock(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  const { body } = mapRequest(exchange, integration);
  const status = statusIn(body.toString());
  exchange.integration = { status: Number(status), latency: 0 };
  const answer = { status: Number(status), headers: {}, multiHeaders: {}, body: Buffer.alloc(0) };
  return mapResponse(exchange, integration, answer, status);
}
