using System.Globalization;
using AkkaReplication.History;

namespace AkkaReplication.Tool.Judging;

/// <summary>
/// What a record is in the history of a drill: its number and the digest of its value, "17:9f86d081884c7d65". A record whose
/// value changed is thus one that nobody sent.
/// </summary>
internal static class RecordValue
{
    /// <param name="record">The number that the record's key says, or null when the key is no number.</param>
    public static HistoryValue Of(long? record, ulong digest) =>
        string.Create(CultureInfo.InvariantCulture, $"{record?.ToString(CultureInfo.InvariantCulture) ?? "?"}:{digest:x16}");

    /// <summary>The number again, or null.</summary>
    public static long? RecordOf(HistoryValue value) =>
        long.TryParse(
            value.ToString().Split(':')[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var record)
            ? record
            : null;
}
