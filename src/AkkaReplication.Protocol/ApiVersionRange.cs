namespace AkkaReplication.Protocol;

/// <summary>The versions of an API that can be read and written.</summary>
/// <param name="Key">The API.</param>
/// <param name="Lowest">The lowest version.</param>
/// <param name="Highest">The highest version.</param>
/// <param name="FirstFlexible">
/// The first version in the compact encoding with tagged fields (KIP-482); short.MaxValue if none is.
/// </param>
public readonly record struct ApiVersionRange(ApiKey Key, short Lowest, short Highest, short FirstFlexible)
{
    /// <summary>Whether that version can be read and written.</summary>
    public bool Contains(short version) => version >= Lowest && version <= Highest;

    /// <summary>Whether that version is in the compact encoding.</summary>
    public bool IsFlexible(short version) => version >= FirstFlexible;
}
