"""Cloud time for Python, for as long as the cloud's clock is not the machine's.

The functions of the module `time` are replaced once, before a function is loaded, so that it holds ours however it
imports them. `datetime` is a type that cannot be replaced without breaking `isinstance`: its methods are, in place, when
the clock is first another.
"""

import datetime
import time

machine_time = time.time
machine_time_ns = time.time_ns

_machine = {name: getattr(time, name) for name in ("gmtime", "localtime", "ctime", "asctime", "strftime")}
_machine_gettime = getattr(time, "clock_gettime", None)
_machine_gettime_ns = getattr(time, "clock_gettime_ns", None)

# Nanoseconds that the cloud is ahead; or the moment at which it stands.
_offset_ns = None
_fixed_ns = None


def _now_ns():
    if _fixed_ns is not None:
        return _fixed_ns
    return machine_time_ns() + _offset_ns


def _follows_machine():
    return _offset_ns is None and _fixed_ns is None


def _time():
    if _offset_ns is None and _fixed_ns is None:
        return machine_time()
    return _now_ns() / 1e9


def _time_ns():
    if _offset_ns is None and _fixed_ns is None:
        return machine_time_ns()
    return _now_ns()


def _of_moment(name):
    """`gmtime`, `localtime` and `ctime`: of the present where no moment is given."""
    machine = _machine[name]

    def of_moment(seconds=None):
        return machine(_time() if seconds is None else seconds)

    return of_moment


def _asctime(moment=None):
    return _machine["asctime"](time.localtime() if moment is None else moment)


def _strftime(pattern, moment=None):
    return _machine["strftime"](pattern, time.localtime() if moment is None else moment)


def _clock_gettime(clock):
    return _time() if clock == time.CLOCK_REALTIME else _machine_gettime(clock)


def _clock_gettime_ns(clock):
    return _time_ns() if clock == time.CLOCK_REALTIME else _machine_gettime_ns(clock)


def _moment(zone):
    seconds, rest = divmod(_now_ns(), 1000000000)
    return datetime.datetime.fromtimestamp(seconds, zone).replace(microsecond=rest // 1000)


class _Method:
    """A class method that reads the cloud's time when that is not the machine's."""

    def __init__(self, machine, cloud):
        self.machine = machine
        self.cloud = cloud

    def __get__(self, instance, kind):
        machine = self.machine.__get__(None, kind)
        if _follows_machine():
            return machine
        return lambda *args, **options: self.cloud(kind, *args, **options)


def _of_kind(kind, moment):
    """A moment as an instance of a subclass, where it was asked for one."""
    if kind is datetime.datetime:
        return moment
    return kind(
        moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond,
        moment.tzinfo, fold=moment.fold,
    )


def _cloud_now(kind, tz=None):
    return _of_kind(kind, _moment(tz))


def _cloud_utcnow(kind):
    return _of_kind(kind, _moment(datetime.timezone.utc).replace(tzinfo=None))


def _patch_datetime():
    import ctypes
    import gc

    # The namespace of a built-in type can be read only: what is behind it can be written.
    namespace = gc.get_referents(datetime.datetime.__dict__)[0]
    for name, cloud in (("now", _cloud_now), ("utcnow", _cloud_utcnow)):
        if not isinstance(namespace[name], _Method):
            namespace[name] = _Method(namespace[name], cloud)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))


def install():
    """Puts the functions of `time` in place."""
    time.time = _time
    time.time_ns = _time_ns
    for name in ("gmtime", "localtime", "ctime"):
        setattr(time, name, _of_moment(name))
    time.asctime = _asctime
    time.strftime = _strftime
    if _machine_gettime:
        time.clock_gettime = _clock_gettime
        time.clock_gettime_ns = _clock_gettime_ns


_patched = False


def set_clock(setting):
    """What the cloud sends with an invocation: `+offset` or `=time`, in milliseconds; nothing while it has the machine's."""
    global _offset_ns, _fixed_ns, _patched
    if not setting:
        _offset_ns = _fixed_ns = None
        return
    nanoseconds = int(float(setting[1:]) * 1000000)
    if setting[0] == "=":
        _fixed_ns, _offset_ns = nanoseconds, None
    else:
        _offset_ns, _fixed_ns = nanoseconds, None
    if not _patched:
        _patched = True
        _patch_datetime()
