namespace AkkaReplication.Tool;

/// <summary>An exception's message as one line.</summary>
internal static class OneLine
{
    public static string Of(Exception e) => e.Message.ReplaceLineEndings(" ").Trim();
}
