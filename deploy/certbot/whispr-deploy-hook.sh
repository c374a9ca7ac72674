#!/bin/sh
# Hands a renewed certificate to the relay, without dropping a connection. Install it as
#   /etc/letsencrypt/renewal-hooks/deploy/whispr
# or name it once: certbot certonly --standalone -d relay.example.org --reuse-key \
#   --deploy-hook /opt/whispr/deploy/certbot/whispr-deploy-hook.sh
# --reuse-key keeps the key, so pins of relay addresses stay valid across renewals.
# relay.toml: certificate_file = "/etc/whispr/tls/fullchain.pem", key_file = ".../privkey.pem".
set -eu

lineage=${RENEWED_LINEAGE:?certbot sets it}
target=${WHISPR_TLS_DIR:-/etc/whispr/tls}
group=${WHISPR_GROUP:-whispr}
reload=${WHISPR_RELOAD:-systemctl reload whispr-relay.service}

umask 077
install -d -m 0750 -g "$group" "$target"
for name in fullchain.pem privkey.pem; do
    # Written beside and renamed: the relay never reads half a file.
    install -m 0640 -g "$group" "$lineage/$name" "$target/.$name.new"
    mv -f "$target/.$name.new" "$target/$name"
done
# A relay that cannot use the pair keeps the old one and says so: whispr_config_reloads_total.
$reload
