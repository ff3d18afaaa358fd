namespace Akka;

/// <summary>The value of an asynchronous operation that has nothing else to say than that it is finished.</summary>
public sealed class Done
{
    /// <summary>The only instance.</summary>
    public static readonly Done Instance = new();

    private Done()
    {
    }
}
