/** Sends operations of version 2 by a client of version 3, made when it is first needed. */
const { clientOptions } = require("./config.js");
const { PACKAGES } = require("./packages.js");
const { toV2, withStreamsRead } = require("./values.js");

const upperFirst = (text) => text[0].toUpperCase() + text.slice(1);

class Client {
  #made;

  constructor(name, options) {
    this.name = name;
    this.options = options;
  }

  /** Where the commands are. */
  get sdk() {
    return require(`@aws-sdk/client-${PACKAGES[this.name]}`);
  }

  get client() {
    this.#made ??= this.make();
    return this.#made;
  }

  make() {
    const [, Made] = Object.entries(this.sdk).find(([name]) => name !== "__Client" && name.endsWith("Client"));
    return new Made(clientOptions(this.options));
  }

  async send(operation, params) {
    const Command = this.sdk[`${upperFirst(operation)}Command`];
    if (!Command) throw new TypeError(`${this.name} has no operation ${operation}.`);
    try {
      const input = await withStreamsRead({ ...this.options.params, ...params });
      return await toV2(this.name, operation, await this.client.send(new Command(input)));
    } catch (error) {
      throw asV2(error);
    }
  }

  async wait(state, { $waiter, ...input }) {
    const maxWaitTime = ($waiter?.delay ?? 20) * ($waiter?.maxAttempts ?? 20);
    const { reason } = await this.sdk[`waitUntil${upperFirst(state)}`]({ client: this.client, maxWaitTime }, input);
    return toV2(this.name, state, reason);
  }
}

function asV2(error) {
  if (!error?.$metadata) return error;
  const { httpStatusCode: statusCode, requestId } = error.$metadata;
  return Object.assign(error, { code: error.name, statusCode, requestId, retryable: statusCode >= 500 });
}

module.exports = { Client };
