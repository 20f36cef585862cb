import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.zookeeper.CreateMode;

/** Curator's recipes, each with at least two clients where it is made for several. Argument: host:port. */
public final class Recipes {
    static String address;
    static int count;
    static final List<CuratorFramework> clients = new ArrayList<>();

    interface Recipe {
        void run() throws Exception;
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        address = args[0];
        run("mutex", Recipes::mutex);
        run("readWriteLock", Recipes::readWriteLock);
        run("semaphore", Recipes::semaphore);
        run("leaderLatch", Recipes::leaderLatch);
        run("leaderSelector", Recipes::leaderSelector);
        run("pathChildrenCache", Recipes::pathChildrenCache);
        run("curatorCache", Recipes::curatorCache);
        run("treeCache", Recipes::treeCache);
        run("barriers", Recipes::barriers);
        run("counters", Recipes::counters);
        run("queue", Recipes::queue);
        run("persistentNodes", Recipes::persistentNodes);
        run("transaction", Recipes::transaction);
        run("discovery", Recipes::discovery);
        System.out.println("OK " + count + " checks");
        System.exit(0);
    }

    static void run(String name, Recipe r) throws Exception {
        try {
            r.run();
        } catch (Throwable t) {
            throw new AssertionError("recipe " + name + " failed", t);
        }
        clients.forEach(CuratorFramework::close);
        clients.clear();
    }

    static CuratorFramework client() throws Exception {
        CuratorFramework c = CuratorFrameworkFactory.newClient(address, 10000, 10000, new RetryOneTime(100));
        c.start();
        check(c.blockUntilConnected(20, TimeUnit.SECONDS), "connected");
        clients.add(c);
        return c;
    }

    static void check(boolean ok, String what) {
        count++;
        if (!ok) {
            throw new AssertionError(what);
        }
    }

    /** Polls until the condition holds. */
    static void await(String what, Condition c) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!c.holds()) {
            check(System.nanoTime() < end, what);
            Thread.sleep(10);
        }
        count++;
    }

    static void mutex() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger times = new AtomicInteger();
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<Object>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            InterProcessMutex lock = new InterProcessMutex(client(), "/mutex");
            all.add(pool.submit(() -> {
                for (int k = 0; k < 20; k++) {
                    lock.acquire();
                    lock.acquire(); // it may be taken again by its owner
                    check(inside.incrementAndGet() == 1, "one at a time");
                    times.incrementAndGet();
                    inside.decrementAndGet();
                    lock.release();
                    lock.release();
                }
                return null;
            }));
        }
        for (Future<Object> f : all) {
            f.get(60, TimeUnit.SECONDS);
        }
        check(times.get() == 80, "all got the lock");
        pool.shutdown();
        // The lock of a client that goes away becomes free.
        CuratorFramework dies = client();
        new InterProcessMutex(dies, "/mutex").acquire();
        InterProcessMutex next = new InterProcessMutex(client(), "/mutex");
        check(!next.acquire(200, TimeUnit.MILLISECONDS), "taken");
        dies.close();
        check(next.acquire(20, TimeUnit.SECONDS), "free when its owner has gone");
    }

    static void readWriteLock() throws Exception {
        InterProcessReadWriteLock a = new InterProcessReadWriteLock(client(), "/rw");
        InterProcessReadWriteLock b = new InterProcessReadWriteLock(client(), "/rw");
        a.readLock().acquire();
        check(b.readLock().acquire(5, TimeUnit.SECONDS), "two readers");
        b.readLock().release();
        check(!b.writeLock().acquire(200, TimeUnit.MILLISECONDS), "no writer beside a reader");
        a.readLock().release();
        check(b.writeLock().acquire(10, TimeUnit.SECONDS), "a writer");
        check(!a.readLock().acquire(200, TimeUnit.MILLISECONDS), "no reader beside a writer");
        b.writeLock().release();
    }

    static void semaphore() throws Exception {
        InterProcessSemaphoreV2 a = new InterProcessSemaphoreV2(client(), "/semaphore", 2);
        InterProcessSemaphoreV2 b = new InterProcessSemaphoreV2(client(), "/semaphore", 2);
        Lease first = a.acquire();
        Lease second = b.acquire();
        check(b.acquire(200, TimeUnit.MILLISECONDS) == null, "only two leases");
        a.returnLease(first);
        Lease third = b.acquire(10, TimeUnit.SECONDS);
        check(third != null, "a lease that was given back");
        b.returnLease(second);
        b.returnLease(third);
    }

    static void leaderLatch() throws Exception {
        List<LeaderLatch> latches = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            LeaderLatch l = new LeaderLatch(client(), "/latch", "id" + i);
            l.start();
            latches.add(l);
        }
        while (!latches.isEmpty()) {
            await("a leader", () -> latches.stream().filter(LeaderLatch::hasLeadership).count() == 1);
            LeaderLatch leader = latches.stream().filter(LeaderLatch::hasLeadership).findFirst().get();
            for (LeaderLatch l : latches) {
                check(l.getLeader().getId().equals(leader.getId()), "all know the leader");
            }
            leader.close();
            latches.remove(leader);
        }
    }

    static void leaderSelector() throws Exception {
        BlockingQueue<String> led = new LinkedBlockingQueue<>();
        for (String name : Arrays.asList("a", "b", "c")) {
            new LeaderSelector(client(), "/selector", new LeaderSelectorListenerAdapter() {
                @Override
                public void takeLeadership(CuratorFramework c) {
                    led.add(name);
                }
            }).start();
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            names.add(led.poll(20, TimeUnit.SECONDS));
        }
        Collections.sort(names);
        check(names.equals(Arrays.asList("a", "b", "c")), "each leads once: " + names);
    }

    static void pathChildrenCache() throws Exception {
        CuratorFramework c = client();
        c.create().forPath("/pcc");
        PathChildrenCache cache = new PathChildrenCache(client(), "/pcc", true);
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        cache.getListenable().addListener((x, e) -> {
            if (e.getData() != null) {
                events.add(e.getType() + " " + e.getData().getPath() + " " + new String(e.getData().getData()));
            }
        });
        cache.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
        c.create().forPath("/pcc/a", "1".getBytes());
        check("CHILD_ADDED /pcc/a 1".equals(events.poll(20, TimeUnit.SECONDS)), "added");
        c.setData().forPath("/pcc/a", "2".getBytes());
        check("CHILD_UPDATED /pcc/a 2".equals(events.poll(20, TimeUnit.SECONDS)), "updated");
        c.delete().forPath("/pcc/a");
        check("CHILD_REMOVED /pcc/a 2".equals(events.poll(20, TimeUnit.SECONDS)), "removed");
        cache.close();
    }

    static void curatorCache() throws Exception {
        CuratorFramework c = client();
        c.create().creatingParentsIfNeeded().forPath("/cc/deep/node", "1".getBytes());
        CuratorCache cache = CuratorCache.build(client(), "/cc");
        CountDownLatch ready = new CountDownLatch(1);
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        cache.listenable().addListener(CuratorCacheListener.builder().forInitialized(ready::countDown)
            .forCreates(d -> events.add("created " + d.getPath())).forChanges((o, n) -> events.add("changed " + n.getPath() + " " + new String(n.getData())))
            .forDeletes(d -> events.add("deleted " + d.getPath())).afterInitialized().build());
        cache.start();
        check(ready.await(20, TimeUnit.SECONDS), "initialized");
        check(cache.size() == 3, "three nodes");
        c.create().forPath("/cc/new", "x".getBytes());
        check("created /cc/new".equals(events.poll(20, TimeUnit.SECONDS)), "created");
        c.setData().forPath("/cc/deep/node", "2".getBytes());
        check("changed /cc/deep/node 2".equals(events.poll(20, TimeUnit.SECONDS)), "changed");
        c.delete().forPath("/cc/new");
        check("deleted /cc/new".equals(events.poll(20, TimeUnit.SECONDS)), "deleted");
        for (int i = 0; i < 100; i++) {
            c.create().forPath("/cc/many-" + i, null);
        }
        await("all hundred", () -> cache.size() == 103);
        cache.close();
    }

    static void treeCache() throws Exception {
        CuratorFramework c = client();
        c.create().creatingParentsIfNeeded().forPath("/tree/a/b", "1".getBytes());
        TreeCache cache = new TreeCache(client(), "/tree");
        cache.start();
        await("the tree", () -> {
            ChildData d = cache.getCurrentData("/tree/a/b");
            return d != null && new String(d.getData()).equals("1");
        });
        c.setData().forPath("/tree/a/b", "2".getBytes());
        c.create().forPath("/tree/a/c");
        await("the changes", () -> {
            ChildData d = cache.getCurrentData("/tree/a/b");
            return d != null && new String(d.getData()).equals("2") && cache.getCurrentChildren("/tree/a").size() == 2;
        });
        c.delete().deletingChildrenIfNeeded().forPath("/tree/a");
        await("the removal", () -> cache.getCurrentData("/tree/a") == null);
        cache.close();
    }

    static void barriers() throws Exception {
        DistributedBarrier barrier = new DistributedBarrier(client(), "/barrier");
        barrier.setBarrier();
        CountDownLatch passed = new CountDownLatch(2);
        ExecutorService pool = Executors.newCachedThreadPool();
        for (int i = 0; i < 2; i++) {
            DistributedBarrier mine = new DistributedBarrier(client(), "/barrier");
            pool.submit(() -> {
                mine.waitOnBarrier();
                passed.countDown();
                return null;
            });
        }
        check(!passed.await(200, TimeUnit.MILLISECONDS), "held back");
        barrier.removeBarrier();
        check(passed.await(20, TimeUnit.SECONDS), "passed");
        List<Future<Object>> all = new ArrayList<>();
        AtomicInteger in = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            DistributedDoubleBarrier d = new DistributedDoubleBarrier(client(), "/double", 3);
            all.add(pool.submit(() -> {
                in.incrementAndGet();
                check(d.enter(20, TimeUnit.SECONDS), "entered");
                check(in.get() == 3, "all entered together");
                check(d.leave(20, TimeUnit.SECONDS), "left");
                return null;
            }));
        }
        for (Future<Object> f : all) {
            f.get(60, TimeUnit.SECONDS);
        }
        pool.shutdown();
    }

    static void counters() throws Exception {
        SharedCount a = new SharedCount(client(), "/count", 5);
        SharedCount b = new SharedCount(client(), "/count", 5);
        a.start();
        b.start();
        a.setCount(7);
        await("the other sees the count", () -> b.getCount() == 7);
        check(b.trySetCount(b.getVersionedValue(), 8), "set by version");
        await("and back", () -> a.getCount() == 8);
        ExecutorService pool = Executors.newFixedThreadPool(3);
        List<Future<Object>> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            DistributedAtomicLong n = new DistributedAtomicLong(client(), "/atomic", new RetryOneTime(1));
            all.add(pool.submit(() -> {
                for (int done = 0; done < 20;) {
                    if (n.increment().succeeded()) {
                        done++;
                    }
                }
                return null;
            }));
        }
        for (Future<Object> f : all) {
            f.get(60, TimeUnit.SECONDS);
        }
        check(new DistributedAtomicLong(client(), "/atomic", new RetryOneTime(1)).get().postValue() == 60, "sixty increments");
        pool.shutdown();
    }

    static void queue() throws Exception {
        SimpleDistributedQueue in = new SimpleDistributedQueue(client(), "/queue");
        SimpleDistributedQueue out = new SimpleDistributedQueue(client(), "/queue");
        for (int i = 0; i < 20; i++) {
            check(in.offer(("item" + i).getBytes()), "offered");
        }
        for (int i = 0; i < 20; i++) {
            check(("item" + i).equals(new String(out.take())), "in order");
        }
        check(out.poll() == null, "empty");
    }

    static void persistentNodes() throws Exception {
        CuratorFramework c = client();
        PersistentNode node = new PersistentNode(client(), CreateMode.EPHEMERAL, false, "/pn/node", "v".getBytes());
        node.start();
        check(node.waitForInitialCreate(20, TimeUnit.SECONDS), "made");
        c.delete().forPath("/pn/node");
        await("made again", () -> c.checkExists().forPath("/pn/node") != null);
        node.close();
        await("gone when closed", () -> c.checkExists().forPath("/pn/node") == null);
        PersistentTtlNode ttl = new PersistentTtlNode(client(), "/pn/ttl", 60000, "t".getBytes());
        ttl.start();
        check(ttl.waitForInitialCreate(20, TimeUnit.SECONDS), "with time to live");
        ttl.close();
        GroupMember one = new GroupMember(client(), "/group", "one");
        GroupMember two = new GroupMember(client(), "/group", "two");
        one.start();
        two.start();
        await("both members", () -> one.getCurrentMembers().size() == 2);
        two.close();
        await("one member", () -> one.getCurrentMembers().size() == 1);
        one.close();
    }

    static void transaction() throws Exception {
        CuratorFramework c = client();
        Collection<CuratorTransactionResult> r = c.transaction().forOperations(c.transactionOp().create().forPath("/t", "1".getBytes()),
            c.transactionOp().setData().forPath("/t", "2".getBytes()), c.transactionOp().check().forPath("/t"), c.transactionOp().create().withMode(CreateMode.EPHEMERAL).forPath("/t/e"));
        check(r.size() == 4, "four results");
        try {
            c.transaction().forOperations(c.transactionOp().setData().forPath("/t", "3".getBytes()), c.transactionOp().delete().forPath("/t/none"));
            throw new AssertionError("it must fail");
        } catch (org.apache.zookeeper.KeeperException.NoNodeException e) {
            check("2".equals(new String(c.getData().forPath("/t"))), "all or nothing");
        }
        check(c.create().creatingParentContainersIfNeeded().withProtection().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/prot/x-").contains("_c_"), "with protection");
    }

    static void discovery() throws Exception {
        ServiceInstance<Void> instance = ServiceInstance.<Void>builder().name("web").address("127.0.0.1").port(8080).build();
        ServiceDiscovery<Void> provider = ServiceDiscoveryBuilder.builder(Void.class).client(client()).basePath("/services").thisInstance(instance).build();
        provider.start();
        ServiceDiscovery<Void> user = ServiceDiscoveryBuilder.builder(Void.class).client(client()).basePath("/services").build();
        user.start();
        ServiceCache<Void> cache = user.serviceCacheBuilder().name("web").build();
        cache.start();
        await("found", () -> user.queryForInstances("web").size() == 1 && cache.getInstances().size() == 1);
        check(user.queryForInstances("web").iterator().next().getPort() == 8080, "its port");
        provider.close();
        await("gone", () -> user.queryForInstances("web").isEmpty() && cache.getInstances().isEmpty());
        cache.close();
        user.close();
    }
}
