using System.Globalization;
using System.Reflection;

namespace Akka.Conformance.Api;

/// <summary>Writes types, parameters and values the way C# does, so that a listing can be read and compared.</summary>
internal static class ApiNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
        [typeof(float)] = "float",
        [typeof(decimal)] = "decimal",
    };

    public static string Of(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (type.IsGenericParameter) return type.Name;
        if (type.IsArray) return $"{Of(type.GetElementType()!)}[]";
        if (type.IsByRef) return Of(type.GetElementType()!);
        if (Nullable.GetUnderlyingType(type) is { } inner && !type.ContainsGenericParameters) return $"{Of(inner)}?";

        // The arguments of a nested type begin with those of the types around it.
        var arguments = new Queue<Type>(type.GetGenericArguments());
        var name = string.Join('.', Chain(type).Select(part => NameOf(part, arguments)));
        return string.IsNullOrEmpty(type.Namespace) || type.Namespace.StartsWith("System", StringComparison.Ordinal)
            ? name
            : $"{type.Namespace}.{name}";
    }

    public static string Parameters(MethodBase method)
    {
        var isExtension = method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute), inherit: false);
        var texts = method.GetParameters().Select((parameter, i) =>
            (isExtension && i == 0 ? "this " : "") + Parameter(parameter));
        return $"({string.Join(", ", texts)})";
    }

    public static string Generic(MethodInfo method) => method.IsGenericMethodDefinition
        ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>"
        : "";

    public static string Constraints(IEnumerable<Type> arguments) =>
        string.Concat(arguments.Select(Constraint).Where(text => text.Length > 0));

    public static string Value(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        Enum member => $"{Of(member.GetType())}.{member}",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Parameter(ParameterInfo parameter)
    {
        var prefix = parameter switch
        {
            { IsOut: true } => "out ",
            { ParameterType.IsByRef: true, IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) => "params ",
            _ => "",
        };
        var optional = parameter.IsOptional ? $" = {Value(parameter.RawDefaultValue)}" : "";
        return $"{prefix}{Of(parameter.ParameterType)} {parameter.Name}{optional}";
    }

    private static string Constraint(Type argument)
    {
        var constraints = argument.GetGenericParameterConstraints().Where(type => type != typeof(ValueType))
            .Select(Of).Order(StringComparer.Ordinal).ToList();
        var attributes = argument.GenericParameterAttributes;
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)) constraints.Insert(0, "class");
        if (attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
            constraints.Insert(0, "struct");
        else if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
            constraints.Add("new()");
        return constraints.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", constraints)}";
    }

    private static IEnumerable<Type> Chain(Type type)
    {
        if (type.DeclaringType is { } outer)
        {
            foreach (var part in Chain(outer)) yield return part;
        }

        yield return type;
    }

    private static string NameOf(Type part, Queue<Type> arguments)
    {
        var mark = part.Name.IndexOf('`', StringComparison.Ordinal);
        if (mark < 0) return part.Name;
        var count = int.Parse(part.Name.AsSpan(mark + 1), CultureInfo.InvariantCulture);
        var own = Enumerable.Range(0, count).Select(_ => Of(arguments.Dequeue())).ToList();
        return $"{part.Name[..mark]}<{string.Join(", ", own)}>";
    }
}
