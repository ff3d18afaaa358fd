using Akka.Actor;

namespace AkkaReplication.Brokers;

/// <summary>
/// A log directory as the actors of its broker see it. Whatever may block on its disk runs on its own dispatchers, so that
/// a disk that hangs stalls only the partitions on it.
/// </summary>
/// <param name="Number">Its place among the broker's log directories.</param>
/// <param name="Dispatcher">Where its replicas run.</param>
/// <param name="RecentReader">
/// A <see cref="LogDirWorker"/> beside the replicas, for what was appended a moment ago and is in memory.
/// </param>
/// <param name="Reader">
/// A <see cref="LogDirWorker"/> for all other reads, and what else must not hold up what is appended.
/// </param>
internal sealed record LogDir(int Number, string Path, string Dispatcher, IActorRef RecentReader, IActorRef Reader);
