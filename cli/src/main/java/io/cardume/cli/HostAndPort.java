package io.cardume.cli;

import java.net.InetSocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code HOST:PORT}, with an IPv6 address in brackets. Names are looked up when they are used, not here. */
final class HostAndPort implements ITypeConverter<InetSocketAddress> {
    @Override
    public InetSocketAddress convert(String text) {
        int colon = text.lastIndexOf(':');
        var host = colon > 0 ? text.substring(0, colon) : "";
        if (host.startsWith("[") && host.endsWith("]")) host = host.substring(1, host.length() - 1);
        else if (host.contains(":")) host = "";
        var port = text.substring(colon + 1);
        if (host.isEmpty() || host.contains("/") || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535)
            throw new TypeConversionException("'" + text
                    + "' is not HOST:PORT; it looks like 10.0.0.1:2477, manager.example:2477 or [fd00::1]:2477");
        return InetSocketAddress.createUnresolved(host, Integer.parseInt(port));
    }
}
