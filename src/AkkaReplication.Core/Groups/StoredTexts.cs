using System.Text;

namespace AkkaReplication.Groups;

/// <summary>Which texts the log's format can hold.</summary>
internal static class StoredTexts
{
    public static bool Fits(string? text) =>
        text is null || text.Length <= short.MaxValue / 3 || Encoding.UTF8.GetByteCount(text) <= short.MaxValue;
}
