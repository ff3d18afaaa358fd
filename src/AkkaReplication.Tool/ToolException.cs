namespace AkkaReplication.Tool;

/// <summary>
/// What the user asked for cannot be done, said in one line; nothing was changed. Ends the tool with <see
/// cref="ExitCode.BadInput"/>.
/// </summary>
internal sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner);
