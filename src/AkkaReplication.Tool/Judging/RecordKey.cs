using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace AkkaReplication.Tool.Judging;

/// <summary>
/// A record's key in a drill: its number, in decimal (that of a probe is negative). Lines of an input may be equal;
/// with their number they are told
/// apart, so a value that stands twice in the log was written twice.
/// </summary>
internal static class RecordKey
{
    public static byte[] Of(long record) => Encoding.ASCII.GetBytes(record.ToString(CultureInfo.InvariantCulture));

    public static long? Parse(ReadOnlySpan<byte> key) =>
        Utf8Parser.TryParse(key, out long record, out var consumed) && consumed == key.Length ? record : null;
}
