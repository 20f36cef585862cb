package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every key that Apache ZooKeeper 3.8 and 3.9 know has a row in the table.
func TestAllKeysOfApacheAreKnown(t *testing.T) {
	table := newTable()
	for _, name := range strings.Fields(`
dataDir dataLogDir clientPort clientPortAddress secureClientPort secureClientPortAddress clientPortListenBacklog tickTime
initLimit syncLimit connectToLearnerMasterLimit maxClientCnxns minSessionTimeout maxSessionTimeout electionAlg
quorumListenOnAllIPs peerType syncEnabled observerMasterPort server.1 group.1 weight.1 version dynamicConfigFile
standaloneEnabled reconfigEnabled localSessionsEnabled localSessionsUpgradingEnabled autopurge.snapRetainCount
autopurge.purgeInterval sslQuorum portUnification sslQuorumReloadCertFiles quorum.auth.enableSasl
quorum.auth.learnerRequireSasl quorum.auth.serverRequireSasl quorum.auth.learner.saslLoginContext
quorum.auth.server.saslLoginContext quorum.auth.kerberos.servicePrincipal quorum.cnxn.threads.size multiAddress.enabled
multiAddress.reachabilityCheckEnabled multiAddress.reachabilityCheckTimeoutMs oraclePath metricsProvider.className
metricsProvider.httpPort jvm.pause.monitor jvm.pause.warn-threshold.ms jvm.pause.info-threshold.ms jvm.pause.sleep.time.ms
snapCount snapSizeLimitInKb txnLogSizeLimitInKb preAllocSize commitLogCount snapshotSizeFactor forceSync
fsync.warningthresholdms snapshot.trust.empty snapshot.compression.method serializeLastProcessedZxid.enabled
datadir.autocreate db.autocreate digest.enabled closeSessionTxn.enabled extendedTypesEnabled emulate353TTLNodes
znode.container.checkIntervalMs znode.container.maxPerMinute znode.container.maxNeverUsedIntervalMs globalOutstandingLimit
maxCnxns jute.maxbuffer jute.maxbuffer.extrasize largeRequestMaxBytes largeRequestThreshold request_throttle_max_requests
request_throttle_stall_time request_throttle_drop_stale request_throttler.shutdownTimeout request_stale_connection_check
request_stale_latency_check throttled_op_wait_time connection_throttle_tokens connection_throttle_fill_time
connection_throttle_fill_count connection_throttle_freeze_time connection_throttle_drop_increase
connection_throttle_drop_decrease connection_throttle_decrease_ratio connection_throttle_weight_enabled
connection_throttle_global_session_weight connection_throttle_local_session_weight
connection_throttle_renew_session_weight flushDelay maxWriteQueuePollTime maxBatchSize
commitProcessor.numWorkerThreads commitProcessor.shutdownTimeout commitProcessor.maxReadBatchSize
commitProcessor.maxCommitBatchSize enforceQuota enableEagerACLCheck skipACL superUser superUser.2
DigestAuthenticationProvider.superDigest DigestAuthenticationProvider.digestAlg DigestAuthenticationProvider.enabled
X509AuthenticationProvider.superUser SASLAuthenticationProvider.superPassword IPAuthenticationProvider.usexforwardedfor
allowSaslFailedClients sessionRequireClientSASLAuth enforce.auth.enabled enforce.auth.schemes letAnySaslUserDoX
ensembleAuthName authProvider.1 ssl.authProvider 4lw.commands.whitelist readonlymode.enabled leaderServes leader.nodelay
follower.nodelay leaderConnectDelayDuringRetryMs leader.maxConcurrentSnapSyncs leader.maxConcurrentDiffSyncs
leader.maxTimeToWaitForEpoch leader.ackLoggingFrequency leader.closeSocketAsync learner.closeSocketAsync
learner.asyncSending forceSnapshotSync forward_learner_requests_to_commit_processor_disabled
follower.skipLearnerRequestToNextProcessor observer.reconnectDelayMs observer.election.DelayMs observer.syncEnabled
observerMaster.sizeLimit cnxTimeout quorumCnxnTimeoutMs electionPortBindRetry tcpKeepAlive clientTcpKeepAlive
fastleader.minNotificationInterval fastleader.maxNotificationInterval serverCnxnFactory nio.numSelectorThreads
nio.numWorkerThreads nio.shutdownTimeout nio.directBufferBytes nio.sessionlessCnxnTimeout
netty.advancedFlowControl.enabled netty.server.outstandingHandshake.limit
netty.server.earlyDropSecureConnectionHandshakes maxResponseCacheSize maxGetChildrenResponseCacheSize
intBufferStartingSizeBytes watchManagerName watcherCleanThreadsNum watcherCleanIntervalInSeconds watcherCleanThreshold
maxInProcessingDeadWatchers bitHashCacheSize pathStats.enabled pathStats.slotCapacity pathStats.slotDuration
pathStats.maxDepth pathStats.initialDelay pathStats.delay pathStats.topPathMax pathStats.sampleRate messageTracker.Enabled
messageTracker.BufferSize admin.enableServer admin.serverAddress admin.serverPort admin.idleTimeout admin.commandURL
admin.httpVersion admin.portUnification admin.forceHttps admin.needClientAuth admin.rateLimiterIntervalInMS
admin.snapshot.enabled admin.restore.enabled audit.enable audit.impl.class fips-mode client.portUnification
client.certReload ssl.keyStore.location ssl.keyStore.password ssl.keyStore.passwordPath ssl.keyStore.type
ssl.trustStore.location ssl.trustStore.password ssl.trustStore.passwordPath ssl.trustStore.type ssl.protocol
ssl.enabledProtocols ssl.ciphersuites ssl.clientAuth ssl.hostnameVerification ssl.crl ssl.ocsp
ssl.handshakeDetectionTimeoutMillis ssl.context.supplier.class ssl.quorum.keyStore.location ssl.quorum.clientAuth
ssl.quorum.trustStore.password kerberos.removeHostFromPrincipal kerberos.removeRealmFromPrincipal
kerberos.canonicalizeHostNames sasl.serverconfig security.auth_to_local java.security.auth.login.config
jmx.log4j.disable metricsProvider.httpHost metricsProvider.exportJvmInfo metricsProvider.numWorkerThreads
metricsProvider.maxQueueSize metricsProvider.workerShutdownTimeoutMs`) {
		for _, spelling := range []string{name, "zookeeper." + name, "-Dzookeeper." + name, "-D" + name} {
			_, _, ok := table.find(spelling)
			require.True(t, ok, spelling)
		}
	}
}
