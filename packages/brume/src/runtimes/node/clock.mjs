/** `Date` in cloud time, for as long as the cloud's clock is not the machine's. */
const MachineDate = Date;
let read;

const CloudDate = new Proxy(MachineDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [read()], newTarget === CloudDate ? target : newTarget),
  apply: () => new MachineDate(read()).toString(),
  get: (target, key) => (key === "now" ? read : Reflect.get(target, key)),
});

/** The machine's time, whatever `Date` says. */
export const machineNow = () => MachineDate.now();

/** @param {string | undefined} setting what the cloud sends with an invocation: `+offset` or `=time`, in milliseconds */
export function setClock(setting) {
  if (!setting) {
    if (globalThis.Date === CloudDate) globalThis.Date = MachineDate;
    return;
  }
  const value = Number(setting.slice(1));
  read = setting.startsWith("=") ? () => value : () => MachineDate.now() + value;
  globalThis.Date = CloudDate;
}
