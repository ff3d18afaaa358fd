using System.Reflection;
using Akka.Configuration.Hocon;
using Newtonsoft.Json;

namespace Akka.Configuration;

/// <summary>Makes configurations from HOCON: text, embedded resources, plain objects.</summary>
/// <remarks>
/// The HOCON understood is the subset that is built into Akka.NET. Not supported: environment variables, <c>+=</c>,
/// merging an object into a substitution (<c>b = ${a} { y = 3 }</c> keeps only <c>y</c>), unquoted texts with
/// <c>:</c> or <c>=</c>, the booleans <c>yes</c>, <c>no</c> and <c>True</c>, the duration unit <c>us</c>. Text that
/// Akka.NET would pass over in silence, such as what follows a closing brace too many, is an error here.
/// </remarks>
public class ConfigurationFactory
{
    private static readonly Lazy<Config> Reference =
        new(() => FromResource("Akka.Configuration.akka.conf", typeof(ConfigurationFactory).Assembly));

    /// <summary>A configuration without a single key.</summary>
    public static Config Empty => new();

    /// <summary>The runtime's reference configuration: every key it reads, with its default.</summary>
    public static Config Default() => Reference.Value;

    /// <summary>The configuration of the application's own file; empty, as there is no such file on .NET.</summary>
    public static Config Load() => Empty;

    /// <summary>Parses HOCON text.</summary>
    /// <exception cref="FormatException">The text is malformed, or a required substitution has no target.</exception>
    /// <exception cref="ConfigurationException">An unquoted text contains <c>:</c> or <c>=</c>.</exception>
    public static Config ParseString(string hocon) => new(HoconParser.Parse(hocon, null));

    /// <summary>Parses HOCON text whose <c>include "name"</c> directives the callback answers.</summary>
    public static Config ParseString(string hocon, Func<string, HoconRoot> includeCallback) =>
        new(HoconParser.Parse(hocon, includeCallback));

    /// <summary>
    /// Parses an embedded resource of the assembly in which the given instance, type or assembly lives.
    /// </summary>
    public static Config FromResource(string resourceName, object instanceInAssembly)
    {
        var assembly = instanceInAssembly switch
        {
            Assembly given => given,
            Type type => type.Assembly,
            _ => instanceInAssembly.GetType().Assembly
        };
        return FromResource(resourceName, assembly);
    }

    /// <summary>Parses an embedded resource of the assembly of <typeparamref name="TAssembly"/>.</summary>
    public static Config FromResource<TAssembly>(string resourceName) =>
        FromResource(resourceName, typeof(TAssembly).Assembly);

    /// <summary>Parses an embedded resource.</summary>
    /// <exception cref="ConfigurationException">The assembly has no such resource.</exception>
    public static Config FromResource(string resourceName, Assembly assembly)
    {
        using var stream = assembly.GetManifestResourceStream(resourceName)
            ?? throw new ConfigurationException($"{assembly.GetName().Name} has no resource '{resourceName}'.");
        using var reader = new StreamReader(stream);
        return ParseString(reader.ReadToEnd());
    }

    /// <summary>The configuration with the properties of an object as keys, by way of JSON.</summary>
    public static Config FromObject(object source) => ParseString(JsonConvert.SerializeObject(source));
}
