/** What is set for all clients of version 2, and how options of its clients are said to those of version 3. */
class Credentials {
  constructor(first, secretAccessKey, sessionToken) {
    const given = typeof first === "object" ? first : { accessKeyId: first, secretAccessKey, sessionToken };
    this.accessKeyId = given.accessKeyId ?? process.env.AWS_ACCESS_KEY_ID;
    this.secretAccessKey = given.secretAccessKey ?? process.env.AWS_SECRET_ACCESS_KEY;
    this.sessionToken = given.accessKeyId ? given.sessionToken : process.env.AWS_SESSION_TOKEN;
    this.expired = false;
  }

  get(done) {
    done?.();
  }

  getPromise() {
    return Promise.resolve();
  }
}

class Endpoint {
  constructor(url) {
    const { href, protocol, host, hostname, port, pathname } = new URL(withProtocol(url));
    Object.assign(this, { href, protocol, host, hostname, port: Number(port || 443), pathname, path: pathname });
  }
}

class Config {
  constructor(options) {
    this.update(options);
  }

  get credentials() {
    return this.given ?? new Credentials({});
  }

  set credentials(given) {
    this.given = given;
  }

  update(options) {
    Object.assign(this, options);
  }

  getCredentials(done) {
    done(null, this.credentials);
  }

  setPromisesDependency() {}
}

const config = new Config({ region: process.env.AWS_REGION });
Object.defineProperty(config, "given", { enumerable: false, writable: true });

const withProtocol = (url) => (/^[a-z]+:\/\//.test(url) ? url : `https://${url}`);

/** Options of a client of version 3, of those of version 2. */
function clientOptions(options) {
  const all = { ...config, ...options };
  const { region, endpoint, maxRetries, s3ForcePathStyle, accessKeyId, secretAccessKey, sessionToken } = all;
  const credentials = accessKeyId
    ? { accessKeyId, secretAccessKey, sessionToken }
    : (options.credentials ?? config.given);
  return {
    region: region ?? process.env.AWS_REGION,
    ...(endpoint ? { endpoint: withProtocol(typeof endpoint === "string" ? endpoint : endpoint.href) } : {}),
    ...(maxRetries === undefined ? {} : { maxAttempts: maxRetries + 1 }),
    ...(s3ForcePathStyle === undefined ? {} : { forcePathStyle: s3ForcePathStyle }),
    ...(credentials ? { credentials } : {}),
  };
}

module.exports = { Credentials, Endpoint, clientOptions, config };
