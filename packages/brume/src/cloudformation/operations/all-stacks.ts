/** `GET /_aws/cloudformation-stacks`: the stacks of all accounts and regions, which no operation of AWS tells at once. */
import type { Endpoint } from "../../kernel/service.js";
import { stackPlace } from "../environment.js";
import { stacks } from "../stack.js";

export const allStacksEndpoint: Endpoint = (_request, response, ctx) => {
  const all = ctx.transaction.everywhere(stacks).filter(({ status }) => status !== "DELETE_COMPLETE");
  const shown = all.map(({ id, name, status, outputs }) => ({
    id,
    name,
    status,
    ...stackPlace(id),
    outputs: Object.fromEntries(outputs.map(({ key, value }) => [key, value])),
  }));
  const body = JSON.stringify({ stacks: shown });
  response.writeHead(200, { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) });
  response.end(body);
};
