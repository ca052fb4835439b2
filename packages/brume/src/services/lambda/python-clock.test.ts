import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
});
afterAll(() => cloud.close());

const SOURCE = `
import datetime, logging, time
from datetime import date, datetime as moment, timezone, timedelta
from time import time as seconds, time_ns, gmtime

class Own(moment):
    pass

def handler(event, context):
    zone = timezone(timedelta(hours=5))
    logging.warning("logged")
    day = lambda value: value.strftime("%Y-%m-%d")
    own = Own.now()
    return {
        "seconds": [time.time(), seconds(), time.time_ns() / 1e9, time_ns() / 1e9,
                    moment.now().timestamp(), datetime.datetime.now(zone).timestamp(),
                    moment.utcnow().replace(tzinfo=timezone.utc).timestamp(),
                    moment.today().timestamp(), own.timestamp(), time.clock_gettime(time.CLOCK_REALTIME)],
        "days": [day(date.today()), time.strftime("%Y-%m-%d"), time.strftime("%Y-%m-%d", gmtime()), day(moment.now())],
        "kinds": [type(own) is Own, isinstance(moment.now(), datetime.datetime), moment.now(zone).tzinfo == zone,
                  moment.now(tz=zone).utcoffset() == timedelta(hours=5)],
        "given": [gmtime(0).tm_year, time.ctime(0)[-4:]],
        "remaining": context.get_remaining_time_in_millis(),
        "micros": moment.now().microsecond,
    }
`;

interface Seen {
  seconds: number[];
  days: string[];
  kinds: boolean[];
  given: unknown[];
  remaining: number;
  micros: number;
}

describe("the clock of Python functions", () => {
  it("is the cloud's: moved, standing still, and the machine's again", async () => {
    const name = await functions.create(SOURCE, { Runtime: "python3.12", Timeout: 10 });
    const look = async () => (await functions.invoke(name)).result as Seen;
    const check = (seen: Seen, milliseconds: number) => {
      for (const value of seen.seconds) expect(Math.abs(value * 1000 - milliseconds)).toBeLessThan(5000);
      const day = new Date(milliseconds).toISOString().slice(0, 10);
      expect(new Set(seen.days)).toEqual(new Set([day]));
      expect(seen.kinds).toEqual([true, true, true, true]);
      expect(seen.given).toEqual([1970, "1970"]);
      expect(seen.remaining).toBeGreaterThan(5000);
      expect(seen.remaining).toBeLessThanOrEqual(10_000);
    };
    check(await look(), cloud.clock.now());
    await cloud.clock.advance({ days: 400 });
    check(await look(), cloud.clock.now());
    const { log } = await functions.invoke(name);
    expect(log).toContain(`\t${new Date(cloud.clock.now()).toISOString().slice(0, 13)}`);
    cloud.clock.pause();
    const stood = await look();
    check(stood, cloud.clock.now());
    expect(new Set(stood.seconds.map((value) => Math.round(value * 1000)))).toEqual(
      new Set([Math.round(cloud.clock.now())]),
    );
    cloud.clock.resume();
    const [first, second] = [await look(), await look()];
    expect(second.seconds[0]).toBeGreaterThan(first.seconds[0] as number);
  });
});
