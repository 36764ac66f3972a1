"""Files of EMQX 5: access list in its Erlang terms, users for its built-in database, and the settings that use them.

Checked against EMQX's documented formats (file authorization; built-in database, bootstrap_file); no EMQX ran here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.errors import Invalid
from ingest.access.passwords import ITERATIONS, Hashed
from ingest.access.rights import Speaker

_HEAD = """\
%% Made by `yingfeng broker files` from the registry. The first rule that fits decides; the last refuses the rest.
"""


def access_list(speakers: Sequence[Speaker], local: str = "") -> str:
    """One rule for each user and direction. A subscription is allowed as a whole or not at all, wildcards included."""
    rules = []
    for speaker in speakers:
        for action, topics in (("publish", speaker.publish), ("subscribe", speaker.read)):
            if topics:
                listed = ", ".join(f'"{topic}"' for topic in topics)
                rules.append(f'{{allow, {{user, "{speaker.user}"}}, {action}, [{listed}]}}.\n')
    return "".join([_HEAD, *rules, f"{local.strip()}\n" if local.strip() else "", "{deny, all}.\n"])


def users(hashes: Mapping[str, Hashed]) -> str:
    """CSV for ``bootstrap_file``: EMQX takes the salt as text and the hash in hexadecimal.

    Raises Invalid for hashes another tool made with a salt that is no text, or with other iterations: EMQX has one
    number for all.
    """
    lines = ["user_id,password_hash,salt,is_superuser"]
    for user in sorted(hashes):
        hashed = hashes[user]
        if not hashed.salt.isascii() or b"," in hashed.salt or hashed.iterations != ITERATIONS:
            raise Invalid(
                f"{user}: 密码由其他工具生成，EMQX 无法使用，请用 --renew {user} 重新生成 / "
                f"this password was hashed by another tool and cannot be used by EMQX; give --renew {user}"
            )
        lines.append(f"{user},{hashed.hash.hex()},{hashed.salt.decode()},false")
    return "\n".join([*lines, ""])


def settings(folder: Path, *, certificates: bool) -> str:
    """HOCON to include in emqx.conf."""
    text = f"""\
# Made by `yingfeng broker files`. Include it in emqx.conf.
authentication = [
  {{
    mechanism = password_based
    backend = built_in_database
    user_id_type = username
    password_hash_algorithm {{ name = pbkdf2, mac_fun = sha512, iterations = {ITERATIONS}, dk_length = 64 }}
    bootstrap_file = "{folder}/emqx-users.csv"
    bootstrap_type = hash
  }}
]
authorization {{
  no_match = deny
  deny_action = ignore
  sources = [ {{ type = file, enable = true, path = "{folder}/emqx-acl.conf" }} ]
}}
listeners.tcp.default.bind = "127.0.0.1:1883"
"""
    if certificates:
        text += f"""\
listeners.ssl.default {{
  bind = "0.0.0.0:8883"
  ssl_options {{ certfile = "{folder}/server.crt", keyfile = "{folder}/server.key", cacertfile = "{folder}/ca.crt" }}
}}
"""
    return text
