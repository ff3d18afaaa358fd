using System.Reflection;
using System.Runtime.CompilerServices;

namespace Akka.Conformance.Api;

/// <summary>
/// Lists the public surface of assemblies, one line for each thing that user code can rely on: a type, a base or
/// interface of it, a member.
/// </summary>
/// <remarks>
/// <see cref="Declared"/> is what a runtime says of itself. <see cref="Offered"/> is everything that another runtime
/// may
/// say and still be covered by this one: it repeats each member under every weaker form (a class that may be derived
/// from also passes for a sealed one, a virtual member for one that is not, an inherited member for a declared one).
/// What is obsolete on one must be so on the other: its use is an error where warnings are.
/// </remarks>
internal static class ApiListing
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance |
        BindingFlags.Static;

    public static IEnumerable<string> Declared(IEnumerable<Assembly> assemblies) =>
        Types(assemblies).SelectMany(type => Heads(type, weaker: false)
                .Concat(Bases(type, inherited: false))
                .Concat(MembersOf(type, Members | BindingFlags.DeclaredOnly).Where(member => !member.IsOverride)
                    .Select(member => Line(type, member))))
            .Distinct().Order(StringComparer.Ordinal);

    public static HashSet<string> Offered(IEnumerable<Assembly> assemblies) =>
        Types(assemblies).SelectMany(type => Heads(type, weaker: true)
                .Concat(Bases(type, inherited: true))
                .Concat(MembersOf(type, Members | BindingFlags.FlattenHierarchy).SelectMany(member => member.Weaker())
                    .Select(member => Line(type, member))))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// What whoever implements or derives from the types that <paramref name="isListed"/> must write.
    /// </summary>
    public static IEnumerable<string> Demanded(IEnumerable<Assembly> assemblies, Predicate<string> isListed) =>
        Types(assemblies).Where(type => type.IsAbstract && isListed(ApiNames.Of(type)))
            .SelectMany(type => MembersOf(type, Members | BindingFlags.DeclaredOnly)
                .Where(member => member.IsAbstract && !member.IsOverride)
                .Select(member => Line(type, member)))
            .Order(StringComparer.Ordinal);

    public static string TypeOf(string line) => line.Split(["::", " : "], 2, StringSplitOptions.None)[0].Trim();

    private static IEnumerable<Type> Types(IEnumerable<Assembly> assemblies) =>
        assemblies.SelectMany(assembly => assembly.GetExportedTypes());

    private static string Line(Type type, Member member) => $"{ApiNames.Of(type)} :: {member.Text(type)}";

    private static IEnumerable<string> Heads(Type type, bool weaker)
    {
        var name = ApiNames.Of(type);
        var constraints = ApiNames.Constraints(type.GetGenericArguments());
        var obsolete = type.IsDefined(typeof(ObsoleteAttribute), inherit: false) ? "[Obsolete] " : "";
        foreach (var kind in Kinds(type, weaker)) yield return $"{name} :: {obsolete}{kind}{constraints}";
    }

    private static IEnumerable<string> Kinds(Type type, bool weaker)
    {
        if (type.IsInterface)
            yield return "interface";
        else if (type.IsEnum)
            yield return "enum";
        else if (type.IsValueType)
            yield return "struct";
        else if (type.IsAbstract)
            yield return type.IsSealed ? "static class" : "abstract class";
        else
        {
            if (!type.IsSealed) yield return "class";
            if (type.IsSealed || weaker) yield return "sealed class";
        }
    }

    private static IEnumerable<string> Bases(Type type, bool inherited)
    {
        if (type.IsEnum) yield break;
        var name = ApiNames.Of(type);
        for (var up = type.BaseType; up is not null && up.IsVisible; up = inherited ? up.BaseType : null)
        {
            if (up != typeof(object) && up != typeof(ValueType) && up != typeof(MulticastDelegate))
                yield return $"{name} : {ApiNames.Of(up)}";
        }

        foreach (var implemented in type.GetInterfaces().Where(i => i.IsVisible && !IsOfTheLanguage(i)))
            yield return $"{name} : {ApiNames.Of(implemented)}";
    }

    /// <summary>What every value type, enumeration or delegate gets from the framework, whoever wrote it.</summary>
    private static bool IsOfTheLanguage(Type implemented) =>
        implemented == typeof(ICloneable) || implemented == typeof(System.Runtime.Serialization.ISerializable);

    private static IEnumerable<Member> MembersOf(Type type, BindingFlags flags)
    {
        if (typeof(Delegate).IsAssignableFrom(type)) return [new Member(type.GetMethod("Invoke")!)];
        // An interface has what the interfaces it extends have, but reflection does not say so.
        var owners = type.IsInterface && !flags.HasFlag(BindingFlags.DeclaredOnly)
            ? type.GetInterfaces().Prepend(type)
            : [type];
        return owners.SelectMany(owner => owner.GetMembers(flags))
            .Where(member => member is not Type && !member.IsDefined(typeof(CompilerGeneratedAttribute), false))
            .Where(member => member.DeclaringType != typeof(object))
            .Select(member => new Member(member))
            .Where(member => member.IsVisibleFrom(type));
    }
}
