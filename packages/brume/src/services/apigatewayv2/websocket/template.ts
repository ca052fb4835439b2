/** Mapping templates of WebSocket integrations: the language is that of REST APIs. */
import { renderMapping } from "../../api-gateway/vtl/functions.js";
import { TemplateError } from "../../api-gateway/vtl/syntax.js";
import { joined } from "../execute/exchange.js";
import { ApiFailure } from "../execute/failure.js";
import { type Passage, requestContext } from "./event.js";

/** @throws ApiFailure where the template is malformed */
export function render(template: string, passage: Passage, body: string): string {
  const { handshake, stage } = passage;
  try {
    const { text } = renderMapping(template, {
      body,
      path: {},
      querystring: joined(handshake?.query ?? []),
      header: joined(handshake?.headers ?? []),
      context: requestContext(passage),
      stageVariables: stage.StageVariables ?? {},
    });
    return text;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new ApiFailure(500, { reason: error.message });
  }
}

/** The template that a selection expression chooses; the only one where it chooses none. */
export function selectTemplate(
  templates: Readonly<Record<string, string>> | undefined,
  expression: string | undefined,
): string | undefined {
  const key = (expression ?? "$default").replace(/^\\/, "");
  return templates?.[key] ?? templates?.$default ?? Object.values(templates ?? {})[0];
}
