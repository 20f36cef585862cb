"""kazoo's client and recipes against one server. Arguments: host:port."""

import sys
import threading
import time

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import (
    BadVersionError, InvalidACLError, NoAuthError, NodeExistsError, NoNodeError, NotEmptyError, RolledBackError,
    RuntimeInconsistency,
)
from kazoo.protocol.states import EventType
from kazoo.recipe.watchers import ChildrenWatch, DataWatch
from kazoo.retry import KazooRetry
from kazoo.security import make_acl, make_digest_acl

ADDRESS = sys.argv[1]
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        raise AssertionError(what)


def fails(kind, call, *args, **kw):
    global checks
    checks += 1
    try:
        call(*args, **kw)
    except kind:
        return
    raise AssertionError("%s %r must fail with %s" % (call, args, kind.__name__))


def eventually(what, condition):
    end = time.monotonic() + 20
    while not condition():
        check(time.monotonic() < end, what)
        time.sleep(0.01)


def client(**kw):
    zk = KazooClient(hosts=ADDRESS, timeout=10.0, **kw)
    zk.start(timeout=20)
    return zk


def together(count, work):
    """Runs work(client, index) in threads, each with a client of its own; the first error is raised."""
    errors = []

    def one(i):
        zk = client()
        try:
            work(zk, i)
        except BaseException as e:  # reported below
            errors.append(e)
        finally:
            zk.stop()
            zk.close()

    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
        check(not t.is_alive(), "a worker hangs")
    if errors:
        raise errors[0]


def nodes(zk):
    check(zk.create("/n", b"data") == "/n", "create")
    path, stat = zk.create("/n/s-", b"", sequence=True, include_data=True)
    check(path == "/n/s-0000000000" and stat.version == 0, "create2 sequential")
    fails(NodeExistsError, zk.create, "/n")
    fails(NoNodeError, zk.create, "/none/child")
    check(zk.create("/deep/er/still", makepath=True) == "/deep/er/still", "makepath")
    zk.ensure_path("/deep/er/other")
    data, stat = zk.get("/n")
    check(data == b"data" and stat.numChildren == 1 and stat.dataLength == 4, "get")
    check(zk.set("/n", b"more").version == 1, "set")
    fails(BadVersionError, zk.set, "/n", b"", version=0)
    fails(NotEmptyError, zk.delete, "/n")
    check(zk.exists("/none") is None, "exists of none")
    check(sorted(zk.get_children("/deep/er")) == ["other", "still"], "children")
    children, stat = zk.get_children("/deep/er", include_data=True)
    check(stat.numChildren == 2, "children with stat")
    zk.delete("/n", recursive=True)
    check(zk.exists("/n") is None, "recursive delete")
    check(zk.sync("/deep") == "/deep", "sync")
    check(zk.command(b"ruok") == "imok", "four-letter word")
    check(zk.server_version()[0] >= 3, "version")
    zk.create("/e", ephemeral=True)
    check(zk.exists("/e").owner_session_id == zk.client_id[0], "owner")


def watchers(zk):
    zk.ensure_path("/watch")
    seen, names, events = [], [], []
    DataWatch(zk, "/watch/data", lambda data, stat: seen.append(data))
    ChildrenWatch(zk, "/watch", lambda c: names.append(sorted(c)))
    zk.exists("/watch/later", watch=events.append)
    other = client()
    other.create("/watch/data", b"1")
    eventually("the node appears", lambda: seen[-1:] == [b"1"])
    other.set("/watch/data", b"2")
    eventually("its change", lambda: seen[-1:] == [b"2"])
    other.create("/watch/later")
    eventually("the other node", lambda: names[-1:] == [["data", "later"]])
    eventually("its event", lambda: [e.type for e in events] == [EventType.CREATED])
    other.delete("/watch/data")
    eventually("it goes", lambda: seen[-1:] == [None] and names[-1:] == [["later"]])
    other.stop()


def transactions(zk):
    t = zk.transaction()
    t.create("/t", b"1")
    t.set_data("/t", b"2")
    t.check("/t", 1)
    t.create("/t/s-", sequence=True)
    t.delete("/t/s-0000000000")
    result = t.commit()
    check(result[0] == "/t" and result[1].version == 1 and result[2] is True, "results: %r" % (result,))
    t = zk.transaction()
    t.set_data("/t", b"3")
    t.delete("/t/none")
    t.set_data("/t", b"4")
    result = t.commit()
    check([type(r) for r in result] == [RolledBackError, NoNodeError, RuntimeInconsistency], "failed: %r" % (result,))
    check(zk.get("/t")[0] == b"2", "nothing is left of it")
    with zk.transaction() as t:
        t.set_data("/t", b"with")
    check(zk.get("/t")[0] == b"with", "as a context")


def acls(zk):
    owner = client(auth_data=[("digest", "alice:secret")])
    mine = make_digest_acl("alice", "secret", all=True)
    owner.create("/private", b"x", acl=[mine])
    fails(NoAuthError, zk.get, "/private")
    fails(NoAuthError, zk.set, "/private", b"")
    fails(InvalidACLError, zk.create, "/invalid", acl=[make_acl("auth", "", all=True)])
    check(owner.get_acls("/private")[0][0].id.scheme == "digest", "get_acls")
    owner.set_acls("/private", [mine, make_acl("world", "anyone", read=True)])
    check(zk.get("/private")[0] == b"x", "readable now")
    zk.add_auth("digest", "alice:secret")
    zk.set("/private", b"y")
    owner.stop()


def lock():
    inside, order = [], []

    def work(zk, i):
        for _ in range(10):
            with zk.Lock("/lock", str(i)):
                inside.append(i)
                check(len(inside) == 1, "one at a time")
                order.append(i)
                inside.remove(i)

    together(4, work)
    check(len(order) == 40, "each got the lock")
    a, b = client(), client()
    first, second = a.Lock("/lock", "a"), b.Lock("/lock", "b")
    check(first.acquire(timeout=10), "taken")
    check(second.acquire(blocking=False) is False, "not twice")
    check(second.contenders() == ["a"], "contenders: %r" % (second.contenders(),))
    a.stop()
    check(second.acquire(timeout=10), "free when the owner has gone")
    second.release()
    readers = [c.ReadLock("/rw") for c in (b, client())]
    for r in readers:
        check(r.acquire(timeout=10), "two readers")
    check(b.WriteLock("/rw").acquire(blocking=False) is False, "no writer beside them")
    b.stop()


def semaphore():
    inside, most = [], []

    def work(zk, i):
        for _ in range(5):
            with zk.Semaphore("/semaphore", max_leases=2):
                inside.append(i)
                most.append(len(inside))
                inside.remove(i)

    together(4, work)
    check(len(most) == 20 and max(most) <= 2, "two at a time: %r" % most)


def election():
    led = []

    def work(zk, i):
        e = zk.Election("/election", str(i))

        def lead():
            led.append(i)
            e.cancel()

        e.run(lead)

    together(3, work)
    check(sorted(led) == [0, 1, 2], "each leads once: %r" % led)


def party(zk):
    other = client()
    a, b = zk.Party("/party", "a"), other.ShallowParty("/party-2", "b")
    a.join()
    b.join()
    check(sorted(a) == ["a"] and len(b) == 1, "members")
    other.stop()
    eventually("the member has gone", lambda: len(zk.ShallowParty("/party-2")) == 0)
    a.leave()
    check(len(a) == 0, "left")


def queues(zk):
    q = zk.Queue("/queue")
    for i in range(20):
        q.put(b"%d" % i)
    q.put(b"urgent", priority=1)
    check(len(q) == 21, "length")
    check([q.get() for _ in range(21)] == [b"urgent"] + [b"%d" % i for i in range(20)], "order")
    check(q.get() is None, "empty")
    locking = zk.LockingQueue("/locking")
    locking.put_all([b"a", b"b"])
    check(locking.get(timeout=10) == b"a" and locking.holds_lock(), "locked")
    check(locking.consume() is True, "consumed")
    check(locking.get(timeout=10) == b"b" and locking.consume(), "the next")


def counter():
    def work(zk, i):
        c = zk.Counter("/counter")
        for _ in range(10):
            c += 1

    together(3, work)
    zk = client()
    check(zk.Counter("/counter").value == 30, "thirty")
    zk.stop()


def barriers(zk):
    barrier = zk.Barrier("/barrier")
    barrier.create()
    other = client()
    check(other.Barrier("/barrier").wait(0.2) is False, "held back")
    passed = []
    t = threading.Thread(target=lambda: passed.append(other.Barrier("/barrier").wait(20)))
    t.start()
    barrier.remove()
    t.join(20)
    check(passed == [True], "passed")
    other.stop()
    inside = []

    def work(c, i):
        d = c.DoubleBarrier("/double", 3, str(i))
        d.enter()
        inside.append(i)
        eventually("all inside", lambda: len(inside) == 3)
        d.leave()

    together(3, work)


def leases(zk):
    import datetime

    lease = zk.NonBlockingLease("/lease", datetime.timedelta(seconds=60), identifier="a")
    check(bool(lease), "granted")
    check(not zk.NonBlockingLease("/lease", datetime.timedelta(seconds=60), identifier="b"), "not to another")


def partition():
    """Two workers share a set; each goes on serving the partitioner until both have their half."""
    halves = {}

    def work(zk, i):
        p = zk.SetPartitioner("/partition", set=range(6), identifier=str(i), time_boundary=0.3)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if p.release:
                halves.pop(i, None)
                p.release_set()
            elif p.acquired:
                if len(list(p)) == 3:
                    halves[i] = sorted(p)
                if len(halves) == 2:
                    time.sleep(0.2)  # the other sees it too before this one leaves
                    return
                time.sleep(0.02)
            elif p.allocating:
                p.wait_for_acquire(1)
            else:
                time.sleep(0.02)
        raise AssertionError("no partition: %r" % halves)

    together(2, work)
    check(sorted(halves[0] + halves[1]) == [0, 1, 2, 3, 4, 5], "all is given to one: %r" % halves)


def retry():
    zk = client(connection_retry=KazooRetry(max_tries=5, delay=0.05), command_retry=KazooRetry(max_tries=5, delay=0.05))
    check(zk.retry(zk.create, "/retry", b"x") == "/retry", "retry")
    states = []
    zk.add_listener(states.append)
    session = zk.client_id[0]
    zk._connection._socket.shutdown(2)  # the connection breaks: the session goes on
    eventually("connected again", lambda: KazooState.SUSPENDED in states and zk.connected)
    check(zk.retry(zk.get, "/retry")[0] == b"x", "works again")
    check(zk.client_id[0] == session, "the session is the same")
    zk.stop()


def asynchronous(zk):
    zk.create("/async", b"")
    sets = [zk.set_async("/async", b"%d" % i) for i in range(1000)]
    reads = [zk.get_async("/async") for _ in range(10)]
    check([s.get(timeout=20).version for s in sets] == list(range(1, 1001)), "versions in order")
    check(all(r.get(timeout=20)[0] == b"999" for r in reads), "reads behind the writes")


def main():
    zk = client()
    for part in (nodes, watchers, transactions, acls, party, queues, barriers, leases, asynchronous):
        part(zk)
    for part in (lock, semaphore, election, counter, partition, retry):
        part()
    zk.stop()
    zk.close()
    print("OK %d checks" % checks)


main()
