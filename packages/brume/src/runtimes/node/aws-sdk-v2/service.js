/** The classes of version 2 for services: each operation is a method. */
const { Client } = require("./client.js");
const { config } = require("./config.js");
const { Request } = require("./request.js");

/** Operations are methods, and are not known before they are called. */
const operations = {
  get(service, key) {
    if (key in service || typeof key !== "string" || key === "then" || !/^[a-z]/.test(key)) return service[key];
    return (params, callback) => service.makeRequest(key, params, callback);
  },
};

/** The class of a service. */
function serviceClass(name) {
  class Service {
    constructor(options = {}) {
      this.config = Object.assign(Object.create(config), options);
      this.api = new Client(name, options);
      // biome-ignore lint/correctness/noConstructorReturn: there is no other way to answer to any name
      return new Proxy(this, operations);
    }

    makeRequest(operation, params, callback) {
      const [input, done] = typeof params === "function" ? [undefined, params] : [params, callback];
      return new Request(() => this.api.send(operation, input), done);
    }

    waitFor(state, params, callback) {
      return new Request(() => this.api.wait(state, params), callback);
    }
  }
  Object.defineProperty(Service, "name", { value: name });
  return Service;
}

module.exports = { serviceClass };
