using System.Collections.Concurrent;
using Akka.Event;
using Akka.Util.Internal;

namespace Akka.Actor.Internal;

/// <summary>The extensions: each is made once, and whoever asks for it meanwhile waits for it.</summary>
internal sealed partial class ActorSystemImpl
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _extensions = new();

    public override object? RegisterExtension(IExtensionId extension)
    {
        if (extension is null)
        {
            return null;
        }

        return _extensions.GetOrAdd(
            extension.ExtensionType,
            static (_, args) => new Lazy<object>(() => args.extension.CreateExtension(args.system)),
            (extension, system: this)).Value;
    }

    public override object? GetExtension(IExtensionId extensionId)
    {
        TryGetExtension(extensionId.ExtensionType, out var extension);
        return extension;
    }

    public override T? GetExtension<T>()
        where T : class
    {
        TryGetExtension<T>(out var extension);
        return extension;
    }

    public override bool TryGetExtension(Type extensionType, out object? extension)
    {
        var found = _extensions.TryGetValue(extensionType, out var lazy);
        extension = lazy?.Value;
        return found;
    }

    public override bool TryGetExtension<T>(out T? extension)
        where T : class
    {
        var found = TryGetExtension(typeof(T), out var untyped);
        extension = untyped as T;
        return found;
    }

    public override bool HasExtension(Type type) =>
        typeof(IExtension).IsAssignableFrom(type) && _extensions.ContainsKey(type);

    public override bool HasExtension<T>() => _extensions.ContainsKey(typeof(T));

    private void LoadExtensions()
    {
        foreach (var typeName in Settings.Config.GetStringList("akka.extensions"))
        {
            var type = TypeResolution.GetType(typeName, false);
            if (type is null || !typeof(IExtensionId).IsAssignableFrom(type) || type.IsAbstract)
            {
                Log.Error("[{0}] is not an 'ExtensionId', skipping...", typeName);
                continue;
            }

            try
            {
                RegisterExtension((IExtensionId)Activator.CreateInstance(type)!);
            }
            catch (Exception e)
            {
                Log.Error(e, "While trying to load extension [{0}], skipping...", typeName);
            }
        }
    }
}
