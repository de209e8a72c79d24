package io.cardume.manager.http;

import io.cardume.api.UserName;
import io.cardume.api.trust.Subject;
import io.cardume.manager.loop.ManagerLoop;
import io.cardume.manager.trust.ApiTls;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who a request is from. A bearer token is a user's, wherever it comes from. Without one, whoever comes by TLS is the user whose
 * certificate it shows, and whoever reaches an address that only this host reaches is its admin, unless it is seen that the request
 * was passed on for somebody else.
 */
final class Access {
    private static final Pattern BEARER = Pattern.compile("[Bb][Ee][Aa][Rr][Ee][Rr] +([!-~]{1,512}) *");

    private final ManagerLoop loop;
    private final ApiTls tls;

    Access(ManagerLoop loop, ApiTls tls) {
        this.loop = loop;
        this.tls = tls;
    }

    /** The caller; one that proves nothing, or wrongly, is refused. */
    Caller caller(Exchange exchange) {
        var said = exchange.header("Authorization");
        if (!said.isEmpty()) return byToken(said);
        if (!exchange.isLocal()) return byCertificate(exchange);
        var stranger = exchange.stranger();
        if (stranger.isPresent())
            throw refused(stranger.get() + ", so it is not taken for this host's own; it needs a user's token (Authorization: Bearer TOKEN)");
        return Caller.LOCAL;
    }

    private Caller byToken(String said) {
        var bearer = BEARER.matcher(said);
        if (!bearer.matches()) throw refused("the header Authorization is not allowed; it is Bearer TOKEN, with a user's token");
        return loop.published().userWithToken(Token.digest(bearer.group(1))).map(user -> new Caller(Optional.of(user), "token"))
                .orElseThrow(() -> refused("the token is no user's: it is wrong, or was replaced, or its user was removed"));
    }

    private Caller byCertificate(Exchange exchange) {
        ApiTls.Shown shown;
        try {
            var session = exchange.tls().orElseThrow(() -> refused("this address is reached by TLS only"));
            shown = tls.shown(session.sslSession(), session.peerCertificates())
                    .orElseThrow(() -> refused("there is neither a user's certificate nor a user's token (Authorization: Bearer TOKEN)"));
        } catch (CertificateException e) {
            throw refused(e.getMessage());
        }
        var subject = shown.subject();
        if (List.of(Subject.WORKER, Subject.MANAGER).contains(subject.unit()))
            throw ApiException.open(403, "the certificate is that of node " + subject.name() + ", and nodes are no users of the API");
        if (!subject.unit().equals(ApiTls.USER) || !UserName.isName(subject.name())) throw refused("the certificate is no user's");
        return loop.published().user(new UserName(subject.name()))
                .filter(user -> user.certificate().filter(certificate -> certificate.digest().equals(shown.digest())).isPresent())
                .map(user -> new Caller(Optional.of(user), "certificate"))
                .orElseThrow(() -> refused("the certificate of user " + subject.name() + " was replaced, or the user was removed"));
    }

    private static ApiException refused(String words) {
        return ApiException.open(401, words + "; an admin makes users with: cardume user add NAME --role viewer|deployer|admin");
    }
}
