namespace AkkaReplication.Tool.Judging;

/// <summary>A promise of the cluster: this record stands at this offset.</summary>
/// <param name="Record">Its number in the drill, which is its key in the log.</param>
/// <param name="Digest">Of its value; see <see cref="ValueDigest"/>.</param>
internal readonly record struct AcknowledgedRecord(long Record, int Partition, long Offset, ulong Digest);
