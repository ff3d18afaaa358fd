namespace AkkaReplication.Metadata;

/// <summary>Bytes are no metadata that this version can read: damaged, or written by a newer one.</summary>
public sealed class MetadataFormatException : Exception
{
    public MetadataFormatException(string message)
        : base(message)
    {
    }

    public MetadataFormatException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
