namespace Akka.Configuration.Hocon;

/// <summary>A parsed document.</summary>
public class HoconRoot
{
    /// <summary>Wraps the value of a document.</summary>
    public HoconRoot(HoconValue value)
    {
        Value = value;
    }

    /// <summary>The outermost value, an object.</summary>
    public HoconValue Value { get; }
}
