"""Every wrong rules file is refused with its place, what was expected, and the nearest valid spelling."""

from __future__ import annotations

import pytest

from tests.config.samples import ACME, HEAD, load, problems
from validator.config.problems import ConfigError

READY = "rules: {r: {check: connector.ready}}\n"
REACH = HEAD + ACME + "rules:\n  r:\n    check: redis.reach\n"
WAIVED = HEAD + ACME + READY + "waivers:\n  - "
WAIVER = "{rule: r, subject: connector/*, reason: OPS-12, owner: net@acme.example, expires: 2027-01-31}"


def params(text: str) -> str:
    return f"{REACH}    params: {{{text}}}\n"


def ready(stanza: str) -> str:
    return f"{HEAD}{ACME}rules: {{r: {{check: connector.ready, {stanza}}}}}\n"


def environment(stanza: str) -> str:
    return f"{HEAD}environments: {{staging: {{{stanza}}}}}\n{READY}"


def waiver(old: str, new: str) -> str:
    return f"{WAIVED}{WAIVER.replace(old, new)}\n"


TOP = {
    "the version is missing": (ACME + READY, "1:1: the file lacks 'version'; expected version: 1"),
    "the version is another": ("version: 2\n" + ACME + READY, "1:10: version is 2; expected version: 1"),
    "the version is a boolean": ("version: true\n" + ACME + READY, "1:10: version is True; expected version: 1"),
    "a top-level key is misspelt": (
        HEAD + ACME + READY + "waiver: []\n",
        "4:1: unknown key 'waiver'; expected environments, rules, version or waivers; did you mean 'waivers'?",
    ),
    "the top level is a list": ("[1]", "1:1: found a list; expected a mapping with version and rules"),
    "there are no rules": (
        HEAD + ACME,
        "1:1: the file has no 'rules': an empty ruleset judges nothing; expected at least one rule",
    ),
    "the rules are empty": (
        HEAD + ACME + "rules: {}",
        "3:1: 'rules' is empty: an empty ruleset judges nothing; expected at least one rule",
    ),
    "the rules are all commented out": (
        HEAD + ACME + "rules:\n  # r: {check: connector.ready}\n",
        "3:1: 'rules' is empty: an empty ruleset judges nothing; expected at least one rule",
    ),
    "the rules are a list": (HEAD + ACME + "rules: [r]", "3:8: 'rules' is a list; expected a mapping of ids to rules"),
    "the waivers are a mapping": (
        HEAD + ACME + READY + "waivers: {}",
        "4:10: 'waivers' is a mapping; expected a list of waivers",
    ),
}

ENVIRONMENTS = {
    "an environment lacks its project": (environment(""), "2:16: 'staging' lacks 'project'"),
    "a project number stands for the id": (
        environment("project: 123456789012"),
        "2:35: 'project' is a number; expected text (write \"123456789012\")",
    ),
    "a project id is no id": (
        environment("project: Acme"),
        "2:35: 'project' is 'Acme'; expected a project id (6 to 30 lower-case letters, digits and hyphens)",
    ),
    "a key is misspelt": (
        environment("project: acme-staging, region: [us-central1]"),
        (
            "2:49: unknown key 'region'; expected domains, network_project, probes, project, regions, snapshot, "
            "vantage or vars; did you mean 'regions'?"
        ),
    ),
    "a zone stands for a region": (
        environment("project: acme-staging, regions: [us-central1-a]"),
        "2:59: 'regions[0]' is 'us-central1-a'; expected a region such as us-central1",
    ),
    "regions are a text": (
        environment("project: acme-staging, regions: us-central1"),
        "2:58: 'regions' is text, 'us-central1'; expected a list",
    ),
    "a domain is a URL": (
        environment("project: acme-staging, domains: ['https://api.acme.example:443/x']"),
        "2:59: 'https://api.acme.example:443/x' is no DNS name; expected the bare name 'api.acme.example'",
    ),
    "a domain has a space": (
        environment("project: acme-staging, domains: [api acme]"),
        "2:59: 'api acme' is no DNS name; expected the bare name, such as api.acme.example",
    ),
    "a domain is international": (
        environment("project: acme-staging, domains: [bücher.example]"),
        "2:59: 'bücher.example' is no DNS name; expected the bare name 'xn--bcher-kva.example'",
    ),
    "a domain is spelled with a letter that IDNA 2003 knew as two": (
        environment("project: acme-staging, domains: [straße.example]"),
        "2:59: 'straße.example' is no DNS name; expected the bare name 'xn--strae-oqa.example'",
    ),
    "a variable is a list": (
        environment("project: acme-staging, vars: {a: [1]}"),
        "2:59: 'a' is a list; expected a number, text or true or false",
    ),
    "a variable is built in": (
        environment("project: acme-staging, vars: {env: x}"),
        "2:56: variable 'env' is built in; expected another name",
    ),
    "a variable refers to another": (
        environment("project: acme-staging, vars: {a: 'x-${env}'}"),
        "2:59: variable 'a' refers to another variable; expected a plain value",
    ),
    "a variable has a name that no reference could spell": (
        environment("project: acme-staging, vars: {a b: 1}"),
        "2:56: 'a b' is no name of a variable; expected a name of letters, digits, underscores and hyphens",
    ),
    "a domain is an emoji": (
        environment("project: acme-staging, domains: ['\U0001f600.example']"),
        "2:59: '\U0001f600.example' is no DNS name; expected the bare name 'xn--e28h.example'",
    ),
    "the vantage is a region": (
        environment("project: acme-staging, vantage: us-central1"),
        "2:58: 'vantage' is 'us-central1'; expected outside or vpc",
    ),
    "a key of the probes is misspelt": (
        environment("project: acme-staging, probes: {budget: 3}"),
        (
            "2:58: unknown key 'budget'; expected budget_s, ca_file, from, pings, redis_passwords or resolver; "
            "did you mean 'budget_s'?"
        ),
    ),
    "probes have no time": (
        environment("project: acme-staging, probes: {budget_s: 0}"),
        "2:68: 'budget_s' is 0; expected a number >= 0.1",
    ),
    "the resolver is a name": (
        environment("project: acme-staging, probes: {resolver: 'dns.google'}"),
        "2:68: 'dns.google' is no DNS server; expected the address of a DNS server, such as 8.8.8.8 or 127.0.0.1:5353",
    ),
    "the resolver has a port beyond the last": (
        environment("project: acme-staging, probes: {resolver: '8.8.8.8:99999'}"),
        (
            "2:68: '8.8.8.8:99999' is no DNS server; expected the address of a DNS server, such as 8.8.8.8 or"
            " 127.0.0.1:5353"
        ),
    ),
    "the resolver has port 0": (
        environment("project: acme-staging, probes: {resolver: '8.8.8.8:0'}"),
        "2:68: '8.8.8.8:0' is no DNS server; expected the address of a DNS server, such as 8.8.8.8 or 127.0.0.1:5353",
    ),
    "the probing machine is no end of a path": (
        environment("project: acme-staging, probes: {from: bastion}"),
        "2:64: 'from' is 'bastion', where no probe is made; expected connector/NAME, run/NAME, subnet/NAME or vm/NAME",
    ),
    "probes are made from a range": (
        environment("project: acme-staging, probes: {from: 'cidr:10.0.0.0/8'}"),
        (
            "2:64: 'from' is 'cidr:10.0.0.0/8', where no probe is made; expected connector/NAME, run/NAME, "
            "subnet/NAME or vm/NAME"
        ),
    ),
    "the vantage is meant well": (
        environment("project: acme-staging, vantage: inside"),
        "2:58: 'vantage' is 'inside'; expected outside or vpc; did you mean 'vpc'?",
    ),
    "a password is for a subject": (
        environment("project: acme-staging, probes: {redis_passwords: {redis/cache: {env: A}}}"),
        "2:76: 'redis/cache' names no instance; expected a bare name or glob; did you mean 'cache'?",
    ),
    "a password is in the value of a variable": (
        environment("project: acme-staging, probes: {redis_passwords: {cache: {env: $REDIS_AUTH}}}"),
        (
            "2:89: probes.redis_passwords.cache.env is no such name; expected the name of an environment variable, "
            "such as REDIS_AUTH"
        ),
    ),
    "a password stands in the file itself": (
        environment("project: acme-staging, probes: {redis_passwords: {cache: hunter2}}"),
        "2:83: the password of 'cache' has no source; expected {env: NAME} or {file: PATH}",
    ),
    "a password is a number in the place of a name": (
        environment("project: acme-staging, probes: {redis_passwords: {cache: {env: 12345678}}}"),
        "2:83: the password of 'cache' has no source; expected {env: NAME} or {file: PATH}",
    ),
    "a password is a key": (
        environment("project: acme-staging, probes: {redis_passwords: {cache: {hunter2: x}}}"),
        "2:83: the password of 'cache' has no source; expected {env: NAME} or {file: PATH}",
    ),
    "a password has two sources": (
        environment("project: acme-staging, probes: {redis_passwords: {cache: {env: A, file: B}}}"),
        "2:83: the password of 'cache' needs one source; expected either env: or file:",
    ),
    "the environments are a list": (
        HEAD + "environments: []\n" + READY,
        "2:1: --env 'staging' is not declared; expected --project ID, as the file declares no environment",
    ),
}

RULES = {
    "an id is no id": (
        HEAD + ACME + "rules: {R_1: {check: connector.ready}}",
        (
            "3:9: 'R_1' is no id of a rule; expected a name of lower-case letters, digits and hyphens "
            "that begins with a letter"
        ),
    ),
    "the check is missing": (HEAD + ACME + "rules: {r: {severity: info}}", "3:9: 'r' lacks 'check'"),
    "the check is misspelt": (
        HEAD + ACME + "rules: {r: {check: connector.redy}}",
        (
            "3:20: unknown check 'connector.redy'; expected connector.ready or redis.reach; "
            "did you mean 'connector.ready'?"
        ),
    ),
    "the check is a variable": (
        HEAD + ACME + "rules: {r: {check: '${name}'}}",
        "3:20: unknown check '${name}'; expected connector.ready or redis.reach",
    ),
    "a rule is a text": (
        HEAD + ACME + "rules: {r: connector.ready}",
        "3:12: 'r' is text, 'connector.ready'; expected a mapping",
    ),
    "a key is misspelt": (
        ready("subject: [connector/x]"),
        (
            "3:37: unknown key 'subject'; expected allow_empty, check, environments, params, severity or subjects; "
            "did you mean 'subjects'?"
        ),
    ),
    "the severity is misspelt": (
        ready("severity: eror"),
        "3:47: 'severity' is 'eror'; expected error, info or warning; did you mean 'error'?",
    ),
    "the severity is a YAML boolean": (
        ready("severity: on"),
        "3:47: 'severity' is a boolean; expected error, info or warning",
    ),
    "an empty list of subjects": (
        ready("subjects: []"),
        "3:47: 'subjects' is an empty list; expected a member, or no such key",
    ),
    "a subject of an unknown kind": (
        ready("subjects: [conector/x]"),
        "3:48: connector.ready does not judge 'conector/x'; expected connector/NAME; did you mean 'connector/x'?",
    ),
    "a subject of a kind the check does not take": (
        ready("subjects: [connector/x, redis/x]"),
        "3:61: connector.ready does not judge 'redis/x'; expected connector/NAME",
    ),
    "a subject without a name": (
        ready("subjects: [connector]"),
        "3:48: 'connector' is no subject; expected connector/NAME",
    ),
    "a subject in a shell's spelling": (
        ready("subjects: [connector/$connector]"),
        "3:48: 'connector/$connector' holds a $; expected a variable as ${name}",
    ),
    "a subject is a bare name": (
        ready("subjects: [staging]"),
        "3:48: connector.ready does not judge 'staging'; expected connector/NAME; did you mean 'connector/staging'?",
    ),
    "a subject is a boolean": (
        ready("subjects: [yes]"),
        "3:48: 'subjects[0]' is a boolean; expected text (write \"yes\")",
    ),
    "a range with host bits": (
        REACH + "    params: {port: 1}\n    subjects: ['cidr:10.0.0.1/8']\n",
        "7:16: 'cidr:10.0.0.1/8' is no subject: 10.0.0.1/8 has host bits set; expected cidr:RANGE or redis/NAME",
    ),
    "an unknown variable": (
        ready("subjects: ['connector/${nam}']"),
        (
            "3:48: unknown variable 'nam' in environment 'staging'; expected env, name, port or project; "
            "did you mean 'name'?"
        ),
    ),
    "a reference that is not closed": (
        ready("subjects: ['connector/${name']"),
        "3:48: 'connector/${name' holds no variable's name after ${; expected ${name}, or $${ for a literal ${",
    ),
    "an unknown environment": (
        ready("environments: [stagin]"),
        "3:52: unknown environment 'stagin'; expected staging; did you mean 'staging'?",
    ),
    "allow_empty is a number": (ready("allow_empty: 1"), "3:50: 'allow_empty' is a number; expected true or false"),
}

PARAMS = {
    "a check without parameters is given one": (
        ready("params: {port: 1}"),
        "3:46: unknown parameter: connector.ready takes none, not 'port'",
    ),
    "a required parameter is missing": (REACH, "4:3: 'params' lacks 'port'"),
    "parameters are a list": (REACH + "    params: [port]\n", "6:13: 'params' is a list; expected a mapping"),
    "a parameter is misspelt": (
        params("port: 1, cdir: x"),
        (
            "6:23: unknown parameter 'cdir'; expected cidr, flows, labels, least, mode, most, port, ratio, retries, "
            "strict or until; did you mean 'cidr'?"
        ),
    ),
    "a text where a number is expected": (params("port: x"), "6:20: 'port' is text, 'x'; expected a whole number"),
    "a fraction where a whole number is expected": (
        params("port: 1.5"),
        "6:20: 'port' is a number; expected a whole number",
    ),
    "a boolean where a number is expected": (params("port: on"), "6:20: 'port' is a boolean; expected a whole number"),
    "a variable of the wrong type": (
        params("port: '${name}'"),
        "6:20: 'port' is text, 'core'; expected a whole number",
    ),
    "a number where text is expected": (
        params("port: 1, cidr: 10"),
        "6:29: 'cidr' is a number; expected text (write \"10\")",
    ),
    "a boolean where text is expected": (
        params("port: 1, cidr: no"),
        "6:29: 'cidr' is a boolean; expected text (write \"no\")",
    ),
    "nothing where a number is expected": (params("port: "), "6:20: 'port' is nothing; expected a whole number"),
    "a choice is misspelt": (
        params("port: 1, mode: fst"),
        "6:29: 'mode' is 'fst'; expected fast or slow; did you mean 'fast'?",
    ),
    "a number is out of bounds": (
        params("port: 1, retries: 9"),
        "6:32: 'retries' is 9; expected a whole number <= 5",
    ),
    "a nested key is misspelt": (
        params("port: 1, flows: [{to: a}, {to: b, prt: 1}]"),
        "6:48: unknown key 'prt'; expected port or to; did you mean 'port'?",
    ),
    "a nested key is missing": (params("port: 1, flows: [{to: a}, {}]"), "6:40: 'flows[1]' lacks 'to'"),
    "a nested value is of the wrong type": (
        params("port: 1, flows: [{to: a, port: b}]"),
        "6:45: 'port' is text, 'b'; expected a whole number",
    ),
    "a member of a free mapping is of the wrong type": (
        params("port: 1, labels: {a: 1, b: x}"),
        "6:41: 'b' is text, 'x'; expected a whole number",
    ),
    "a date is none": (
        params("port: 1, until: tomorrow"),
        "6:30: 'tomorrow' is no date; expected YYYY-MM-DD, such as 2027-01-31",
    ),
    "parameters that contradict each other": (
        params("port: 1, least: 10"),
        "6:13: 'params': least 10 is above most 9",
    ),
}

WAIVERS = {
    "an unknown rule": (
        HEAD + ACME + READY.replace("{r:", "{redis-up:") + "waivers:\n  - " + WAIVER.replace("r,", "redis-upp,", 1),
        "5:12: waives unknown rule 'redis-upp'; expected redis-up; did you mean 'redis-up'?",
    ),
    "no end": (waiver(", expires: 2027-01-31", ""), "5:5: 'waivers[0]' lacks 'expires'"),
    "no reason": (waiver("reason: OPS-12, ", ""), "5:5: 'waivers[0]' lacks 'reason'"),
    "a blank reason": (waiver("OPS-12", "' '"), "5:45: 'reason' is ' '; expected text that is not blank"),
    "an empty owner": (waiver("net@acme.example", ""), "5:60: 'owner' is nothing; expected text"),
    "a month that does not exist": (
        waiver("2027-01-31", "2027-13-01"),
        "5:87: '2027-13-01' is no date; expected YYYY-MM-DD, or quotes if text is meant",
    ),
    "a quoted day that does not exist": (
        waiver("2027-01-31", "'2027-02-30'"),
        "5:87: '2027-02-30' is no date; expected YYYY-MM-DD, such as 2027-01-31",
    ),
    "no date at all": (
        waiver("2027-01-31", "never"),
        "5:87: 'never' is no date; expected YYYY-MM-DD, such as 2027-01-31",
    ),
    "an end that is no end": (
        waiver("2027-01-31", "2028-11-21"),
        (
            "5:87: 'expires' is 2028-11-21, more than 2 years ahead; expected 2028-11-20 at the latest; "
            "what holds for good is a change of the rule"
        ),
    ),
    "a variable, which would never match": (
        waiver("connector/*", "'connector/${name}'"),
        "5:24: 'subject' is 'connector/${name}'; expected no variable: waivers are taken literally",
    ),
    "a key of its own": (
        waiver("rule: r", "rule: r, ticket: x"),
        "5:15: unknown key 'ticket'; expected expires, owner, reason, rule or subject",
    ),
}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param(*case, id=f"{group}: {name}")
        for group, cases in {
            "top": TOP,
            "environments": ENVIRONMENTS,
            "rules": RULES,
            "params": PARAMS,
            "waivers": WAIVERS,
        }.items()
        for name, case in cases.items()
    ],
)
def test_a_wrong_file_is_refused_at_its_place(text: str, first: str) -> None:
    assert problems(text)[0] == f"rules.yaml:{first}"


def test_what_the_wrong_files_vary_is_itself_right() -> None:
    for text in (environment("project: acme-staging"), ready("severity: info"), params("port: 1"), waiver("", "")):
        assert problems(text) == ()


def test_all_problems_are_said_at_once_in_the_order_of_the_file() -> None:
    text = params("port: x, cidr: 1, mode: z").replace("us-central1", "nowhere")
    assert [line.split(": ")[0] for line in problems(text)] == [
        "rules.yaml:2:59",
        "rules.yaml:6:20",
        "rules.yaml:6:29",
        "rules.yaml:6:38",
    ]


def test_the_problem_of_an_aliased_value_is_said_once() -> None:
    text = ready("subjects: [&x 'connector/${nam}', *x]")
    assert len(problems(text)) == 1


def test_at_most_twenty_problems_are_listed() -> None:
    rules = "".join(f"  r{n}: {{check: nothing}}\n" for n in range(30))
    with pytest.raises(ConfigError) as caught:
        load(HEAD + ACME + "rules:\n" + rules)
    assert len(caught.value.problems) == 21
    assert str(caught.value).endswith("\n… and 10 more")
