package io.cardume.manager.http;

import io.cardume.manager.loop.ManagerLoop;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who a request is from. A bearer token is a user's, wherever it comes from; without one, whoever reaches an address that only
 * this host reaches is its admin.
 */
final class Access {
    private static final Pattern BEARER = Pattern.compile("[Bb][Ee][Aa][Rr][Ee][Rr] +([!-~]{1,512}) *");

    private final ManagerLoop loop;

    Access(ManagerLoop loop) {
        this.loop = loop;
    }

    /** The caller; one that proves nothing, or wrongly, is refused. */
    Caller caller(Exchange exchange) {
        var said = exchange.header("Authorization");
        if (said.isEmpty()) return Caller.LOCAL;
        var bearer = BEARER.matcher(said);
        if (!bearer.matches()) throw refused("the header Authorization is not allowed; it is Bearer TOKEN, with a user's token");
        return loop.published().userWithToken(Token.digest(bearer.group(1))).map(user -> new Caller(Optional.of(user), "token"))
                .orElseThrow(() -> refused("the token is no user's: it is wrong, or was replaced, or its user was removed"));
    }

    private static ApiException refused(String words) {
        return new ApiException(401, words + "; an admin makes users with: cardume user add NAME --role viewer|deployer|admin");
    }
}
