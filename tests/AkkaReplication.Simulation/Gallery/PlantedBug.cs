using System.Text.RegularExpressions;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>
/// A rule of the product, broken by one small change of its source. It exists only in an assembly that the gallery compiles in
/// memory; the product has no switch for it.
/// </summary>
/// <param name="Name">In lower case, with hyphens.</param>
/// <param name="Rule">What is broken: a rule, an invariant, a known bug.</param>
/// <param name="Description">What goes wrong then, in a sentence.</param>
/// <param name="File">Below <c>src</c>; its first directory is the project.</param>
/// <param name="Original">Stands in the file once, apart from white space.</param>
/// <param name="Replacement">What stands there instead.</param>
internal sealed record PlantedBug(
    string Name, string Rule, string Description, string File, string Original, string Replacement)
{
    /// <summary>Written when the simulator's generator was finished: it cannot have been made to find this one.</summary>
    public bool Late { get; init; }

    /// <summary>The course of the simulator that it is looked for in: the usual one where it is empty.</summary>
    public string Course { get; init; } = "";

    public string Project => File[..File.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>The file's text with the bug in it.</summary>
    /// <exception cref="InvalidOperationException">The original does not stand there exactly once.</exception>
    public string PlantIn(string text)
    {
        var places = Pattern(Original).Matches(text);
        return places is [var place]
            ? string.Concat(text.AsSpan(0, place.Index), Replacement, text.AsSpan(place.Index + place.Length))
            : throw new InvalidOperationException(
                $"Planted bug '{Name}': its original stands {places.Count} times in {File}, not once.");
    }

    public override string ToString() => Name;

    private static Regex Pattern(string text) => new(string.Join(@"\s+", Words(text).Select(Regex.Escape)));

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
