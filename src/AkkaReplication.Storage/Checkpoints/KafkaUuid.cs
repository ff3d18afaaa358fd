using System.Buffers.Text;

namespace AkkaReplication.Storage.Checkpoints;

/// <summary>Kafka's text form of a UUID: its 16 bytes, most significant first, in URL-safe base64 without padding.</summary>
public static class KafkaUuid
{
    public static string Format(Guid id) => Base64Url.EncodeToString(id.ToByteArray(bigEndian: true));

    public static bool TryParse(string text, out Guid id)
    {
        Span<byte> bytes = stackalloc byte[18];
        if (text.Length == 22
            && Base64Url.IsValid(text)
            && Base64Url.TryDecodeFromChars(text, bytes, out var length)
            && length == 16)
        {
            id = new Guid(bytes[..16], bigEndian: true);
            return true;
        }

        id = Guid.Empty;
        return false;
    }
}
