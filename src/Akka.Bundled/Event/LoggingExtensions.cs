using static Akka.Event.LogLevel;

namespace Akka.Event;

/// <summary>
/// The convenient methods of <see cref="ILoggingAdapter"/>. Placeholders are positional, <c>{0}</c>. Below the enabled
/// level a call costs a comparison: arguments are neither boxed nor formatted.
/// </summary>
public static class LoggingExtensions
{
    /// <summary>Writes an entry of level debug.</summary>
    public static void Debug(this ILoggingAdapter log, string format) => log.Log(DebugLevel, null, format);

    /// <summary>Writes an entry of level debug with its cause.</summary>
    public static void Debug(this ILoggingAdapter log, Exception? cause, string format) =>
        log.Log(DebugLevel, cause, format);

    /// <inheritdoc cref="Debug(ILoggingAdapter, string)"/>
    public static void Debug<T1>(this ILoggingAdapter log, string format, T1 arg1)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, null, format, arg1);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, Exception, string)"/>
    public static void Debug<T1>(this ILoggingAdapter log, Exception? cause, string format, T1 arg1)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, cause, format, arg1);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, string)"/>
    public static void Debug<T1, T2>(this ILoggingAdapter log, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, null, format, arg1, arg2);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, Exception, string)"/>
    public static void Debug<T1, T2>(this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, cause, format, arg1, arg2);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, string)"/>
    public static void Debug<T1, T2, T3>(this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, null, format, arg1, arg2, arg3);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, Exception, string)"/>
    public static void Debug<T1, T2, T3>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, cause, format, arg1, arg2, arg3);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, string)"/>
    public static void Debug<T1, T2, T3, T4>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, null, format, arg1, arg2, arg3, arg4);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, Exception, string)"/>
    public static void Debug<T1, T2, T3, T4>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, cause, format, arg1, arg2, arg3, arg4);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, string)"/>
    public static void Debug<T1, T2, T3, T4, T5>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, null, format, arg1, arg2, arg3, arg4, arg5);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, Exception, string)"/>
    public static void Debug<T1, T2, T3, T4, T5>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, cause, format, arg1, arg2, arg3, arg4, arg5);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, string)"/>
    public static void Debug<T1, T2, T3, T4, T5, T6>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, null, format, arg1, arg2, arg3, arg4, arg5, arg6);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, Exception, string)"/>
    public static void Debug<T1, T2, T3, T4, T5, T6>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
    {
        if (log.IsEnabled(DebugLevel))
        {
            Write(log, DebugLevel, cause, format, arg1, arg2, arg3, arg4, arg5, arg6);
        }
    }

    /// <inheritdoc cref="Debug(ILoggingAdapter, string)"/>
    public static void Debug(this ILoggingAdapter log, string format, object[] args) =>
        log.Log(DebugLevel, null, Message(log, format, args));

    /// <inheritdoc cref="Debug(ILoggingAdapter, Exception, string)"/>
    public static void Debug(this ILoggingAdapter log, Exception? cause, string format, object[] args) =>
        log.Log(DebugLevel, cause, Message(log, format, args));

    /// <summary>Writes an entry of level info.</summary>
    public static void Info(this ILoggingAdapter log, string format) => log.Log(InfoLevel, null, format);

    /// <summary>Writes an entry of level info with its cause.</summary>
    public static void Info(this ILoggingAdapter log, Exception? cause, string format) =>
        log.Log(InfoLevel, cause, format);

    /// <inheritdoc cref="Info(ILoggingAdapter, string)"/>
    public static void Info<T1>(this ILoggingAdapter log, string format, T1 arg1)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, null, format, arg1);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, Exception, string)"/>
    public static void Info<T1>(this ILoggingAdapter log, Exception? cause, string format, T1 arg1)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, cause, format, arg1);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, string)"/>
    public static void Info<T1, T2>(this ILoggingAdapter log, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, null, format, arg1, arg2);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, Exception, string)"/>
    public static void Info<T1, T2>(this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, cause, format, arg1, arg2);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, string)"/>
    public static void Info<T1, T2, T3>(this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, null, format, arg1, arg2, arg3);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, Exception, string)"/>
    public static void Info<T1, T2, T3>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, cause, format, arg1, arg2, arg3);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, string)"/>
    public static void Info<T1, T2, T3, T4>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, null, format, arg1, arg2, arg3, arg4);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, Exception, string)"/>
    public static void Info<T1, T2, T3, T4>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, cause, format, arg1, arg2, arg3, arg4);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, string)"/>
    public static void Info<T1, T2, T3, T4, T5>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, null, format, arg1, arg2, arg3, arg4, arg5);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, Exception, string)"/>
    public static void Info<T1, T2, T3, T4, T5>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, cause, format, arg1, arg2, arg3, arg4, arg5);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, string)"/>
    public static void Info<T1, T2, T3, T4, T5, T6>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, null, format, arg1, arg2, arg3, arg4, arg5, arg6);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, Exception, string)"/>
    public static void Info<T1, T2, T3, T4, T5, T6>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
    {
        if (log.IsEnabled(InfoLevel))
        {
            Write(log, InfoLevel, cause, format, arg1, arg2, arg3, arg4, arg5, arg6);
        }
    }

    /// <inheritdoc cref="Info(ILoggingAdapter, string)"/>
    public static void Info(this ILoggingAdapter log, string format, object[] args) =>
        log.Log(InfoLevel, null, Message(log, format, args));

    /// <inheritdoc cref="Info(ILoggingAdapter, Exception, string)"/>
    public static void Info(this ILoggingAdapter log, Exception? cause, string format, object[] args) =>
        log.Log(InfoLevel, cause, Message(log, format, args));

    /// <summary>Writes an entry of level warning.</summary>
    public static void Warning(this ILoggingAdapter log, string format) => log.Log(WarningLevel, null, format);

    /// <summary>Writes an entry of level warning with its cause.</summary>
    public static void Warning(this ILoggingAdapter log, Exception? cause, string format) =>
        log.Log(WarningLevel, cause, format);

    /// <inheritdoc cref="Warning(ILoggingAdapter, string)"/>
    public static void Warning<T1>(this ILoggingAdapter log, string format, T1 arg1)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, null, format, arg1);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, Exception, string)"/>
    public static void Warning<T1>(this ILoggingAdapter log, Exception? cause, string format, T1 arg1)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, cause, format, arg1);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, string)"/>
    public static void Warning<T1, T2>(this ILoggingAdapter log, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, null, format, arg1, arg2);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, Exception, string)"/>
    public static void Warning<T1, T2>(this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, cause, format, arg1, arg2);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, string)"/>
    public static void Warning<T1, T2, T3>(this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, null, format, arg1, arg2, arg3);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, Exception, string)"/>
    public static void Warning<T1, T2, T3>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, cause, format, arg1, arg2, arg3);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, string)"/>
    public static void Warning<T1, T2, T3, T4>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, null, format, arg1, arg2, arg3, arg4);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, Exception, string)"/>
    public static void Warning<T1, T2, T3, T4>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, cause, format, arg1, arg2, arg3, arg4);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, string)"/>
    public static void Warning<T1, T2, T3, T4, T5>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, null, format, arg1, arg2, arg3, arg4, arg5);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, Exception, string)"/>
    public static void Warning<T1, T2, T3, T4, T5>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, cause, format, arg1, arg2, arg3, arg4, arg5);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, string)"/>
    public static void Warning<T1, T2, T3, T4, T5, T6>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, null, format, arg1, arg2, arg3, arg4, arg5, arg6);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, Exception, string)"/>
    public static void Warning<T1, T2, T3, T4, T5, T6>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
    {
        if (log.IsEnabled(WarningLevel))
        {
            Write(log, WarningLevel, cause, format, arg1, arg2, arg3, arg4, arg5, arg6);
        }
    }

    /// <inheritdoc cref="Warning(ILoggingAdapter, string)"/>
    public static void Warning(this ILoggingAdapter log, string format, object[] args) =>
        log.Log(WarningLevel, null, Message(log, format, args));

    /// <inheritdoc cref="Warning(ILoggingAdapter, Exception, string)"/>
    public static void Warning(this ILoggingAdapter log, Exception? cause, string format, object[] args) =>
        log.Log(WarningLevel, cause, Message(log, format, args));

    /// <summary>Writes an entry of level error.</summary>
    public static void Error(this ILoggingAdapter log, string format) => log.Log(ErrorLevel, null, format);

    /// <summary>Writes an entry of level error with its cause.</summary>
    public static void Error(this ILoggingAdapter log, Exception? cause, string format) =>
        log.Log(ErrorLevel, cause, format);

    /// <inheritdoc cref="Error(ILoggingAdapter, string)"/>
    public static void Error<T1>(this ILoggingAdapter log, string format, T1 arg1)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, null, format, arg1);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, Exception, string)"/>
    public static void Error<T1>(this ILoggingAdapter log, Exception? cause, string format, T1 arg1)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, cause, format, arg1);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, string)"/>
    public static void Error<T1, T2>(this ILoggingAdapter log, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, null, format, arg1, arg2);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, Exception, string)"/>
    public static void Error<T1, T2>(this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, cause, format, arg1, arg2);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, string)"/>
    public static void Error<T1, T2, T3>(this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, null, format, arg1, arg2, arg3);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, Exception, string)"/>
    public static void Error<T1, T2, T3>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, cause, format, arg1, arg2, arg3);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, string)"/>
    public static void Error<T1, T2, T3, T4>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, null, format, arg1, arg2, arg3, arg4);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, Exception, string)"/>
    public static void Error<T1, T2, T3, T4>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, cause, format, arg1, arg2, arg3, arg4);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, string)"/>
    public static void Error<T1, T2, T3, T4, T5>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, null, format, arg1, arg2, arg3, arg4, arg5);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, Exception, string)"/>
    public static void Error<T1, T2, T3, T4, T5>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, cause, format, arg1, arg2, arg3, arg4, arg5);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, string)"/>
    public static void Error<T1, T2, T3, T4, T5, T6>(
        this ILoggingAdapter log, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, null, format, arg1, arg2, arg3, arg4, arg5, arg6);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, Exception, string)"/>
    public static void Error<T1, T2, T3, T4, T5, T6>(
        this ILoggingAdapter log, Exception? cause, string format, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
    {
        if (log.IsEnabled(ErrorLevel))
        {
            Write(log, ErrorLevel, cause, format, arg1, arg2, arg3, arg4, arg5, arg6);
        }
    }

    /// <inheritdoc cref="Error(ILoggingAdapter, string)"/>
    public static void Error(this ILoggingAdapter log, string format, object[] args) =>
        log.Log(ErrorLevel, null, Message(log, format, args));

    /// <inheritdoc cref="Error(ILoggingAdapter, Exception, string)"/>
    public static void Error(this ILoggingAdapter log, Exception? cause, string format, object[] args) =>
        log.Log(ErrorLevel, cause, Message(log, format, args));

    /// <summary>Writes an entry.</summary>
    public static void Log(this ILoggingAdapter log, LogLevel level, string format) => log.Log(level, null, format);

    /// <summary>Writes an entry.</summary>
    public static void Log(this ILoggingAdapter log, LogLevel level, string format, object[] args) =>
        log.Log(level, null, Message(log, format, args));

    /// <summary>Writes an entry with its cause.</summary>
    public static void Log(
        this ILoggingAdapter log, LogLevel level, Exception? cause, string format, object[] args) =>
        log.Log(level, cause, Message(log, format, args));

    private static void Write(
        ILoggingAdapter log, LogLevel level, Exception? cause, string format, params object?[] args) =>
        log.Log(level, cause, Message(log, format, args!));

    private static FormattedLogMessage Message(ILoggingAdapter log, string format, object[] args) =>
        new(log.Formatter, format, args);
}
