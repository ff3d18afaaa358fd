namespace AkkaReplication.Simulation.Running;

/// <summary>A rule was broken: the run ends here.</summary>
/// <param name="rule">Its short name, such as I17.</param>
internal sealed class Violation(string rule, string text) : Exception($"{rule}: {text}")
{
    public string Rule => rule;

    public static void Require(bool holds, string rule, string text)
    {
        if (!holds)
            throw new Violation(rule, text);
    }

    /// <summary>As <see cref="Require(bool, string, string)"/>; the text is made only where it is needed.</summary>
    public static void Require(bool holds, string rule, Func<string> text)
    {
        if (!holds)
            throw new Violation(rule, text());
    }
}
