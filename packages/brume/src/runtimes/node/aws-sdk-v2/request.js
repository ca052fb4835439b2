/** A request of version 2: sent by a callback, by `send` or by `promise`, and listened to by `on`. */
const { EventEmitter } = require("node:events");
const { PassThrough, Readable } = require("node:stream");

class Request extends EventEmitter {
  #perform;
  #sent;

  /** @param {() => Promise<unknown>} perform */
  constructor(perform, callback) {
    super();
    this.#perform = perform;
    if (callback) this.send(callback);
  }

  promise() {
    this.#sent ??= this.#perform().then(
      (data) => {
        this.#tell("success", { data, error: null, request: this });
        return data;
      },
      (error) => {
        this.#tell("error", error, { data: null, error, request: this });
        throw error;
      },
    );
    return this.#sent;
  }

  send(callback) {
    this.promise().then(
      (data) => setImmediate(() => callback?.(null, data)),
      (error) => setImmediate(() => callback?.(error, null)),
    );
  }

  /** Of an object's body. */
  createReadStream() {
    const stream = new PassThrough();
    this.promise().then(
      ({ Body }) => Readable.from([Body]).pipe(stream),
      (error) => stream.destroy(error),
    );
    return stream;
  }

  abort() {}

  #tell(kind, ...values) {
    if (this.listenerCount(kind) > 0) this.emit(kind, ...values);
    this.emit("complete", values.at(-1));
  }
}

module.exports = { Request };
