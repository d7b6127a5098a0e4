"""Templates for make_templates.py: one feature each, and some in the style of well-known model families."""

VARIABLES = {
    "n": 7, "f": 2.5, "s": "Hello World", "u": "ÄÖü ßé 日本", "e": "", "t": True, "z": None,
    "l": [3, 1, 2], "words": ["apple", "Banana", "cherry"], "nested": [[1, 2], [3, [4]]],
    "d": {"b": 1, "a": {"items": [1], "x": "y"}, "c": [True, None, 1.5]},
    "people": [{"name": "Zoe", "age": 3, "city": "Ulm"}, {"name": "adam", "age": 3, "city": "Bonn"},
               {"name": "Bob", "age": 1, "city": "Ulm"}],
    "big": 1e22, "small": 1e-7, "quote": "it's \"q\"\n\t\\ \u200b\x01", "html": "<a href='x'>&\"</a>",
}

EXPRESSIONS = """
1 + 2 * 3 - 4
7 // 2, -7 // 2, 7 % 3, -7 % 3, 7 % -3
7 / 2, 6 / 2, 2 ** 10, 2 ** -1, 2 ** 0.5
7.5 // 2, -7.5 % 2, 1e3, 1.0, 1e16, 1e15, 123456789.125, 0.1 + 0.2, big, small, -0.0, 1e100
-n ** 2, -(2), +3, - - 3
1 ~ 2 ~ 'a' ~ none ~ true ~ 1.0
'a' + 'b' * 3, [1] * 2 + [2], (1, 2) + (3,)
1 < 2 < 3, 1 < 2 > 3, 1 == 1.0, true == 1, 'a' != 'b', 'a' < 'b', [1, 2] < [1, 3], (1,) == [1]
'ell' in s, 'x' not in s, 1 in l, 'b' in d, 9 not in l
not true, not false and true, true or false and false, not 1 == 2
none or 'x', e and 'y', e or z or 'last', 0 or [] or {}
1 if t else 2, 1 if e, 'a' if e else 'b' if z else 'c'
l[0], l[-1], l[5], l[1:], l[:-1], l[::-1], l[::2], l[-2:], l[5:]
s[0], s[-1], s[1:4], s[::-1], u[0], u[-1], u[1:3], u[::-2], s[10:], s[-100:3], s[3:-100:-1]
d.b, d['b'], d.a.x, d['a']['items'], d.a.items() | list, d.nope
d.keys() | list, d.values() | list, d.items() | list, d.get('b'), d.get('q'), d.get('q', 5)
(1,), (), (1, 2), [1, 'a', none, true, 1.0], {'k': [1, {'z': 'q'}], 2: 3, none: 1}
quote, [quote], [html], [u], {'a': quote}, ['it\\'s'], ["\\u00e9\\x41\\n"], ['\\q'], '\\101'
s.upper(), s.lower(), s.title(), s.swapcase(), s.capitalize(), u.upper(), u.lower(), u.title()
'  x y '.strip(), '  x '.lstrip() ~ '|', '  x '.rstrip() ~ '|', 'xxaxx'.strip('x'), 'abcba'.strip('ab'), 'éaé'.strip('é')
'a,b,c'.split(','), 'a b  c '.split(), 'a,b,c'.split(',', 1), 'a,b,c'.rsplit(',', 1), ' a b c '.split(none, 1), 'a b c '.rsplit(none, 1), 'a b'.rsplit()
'a\\nb\\r\\nc\\n'.splitlines(), 'a\\nb'.splitlines(true), ''.splitlines()
s.startswith('He'), s.startswith(('x', 'H')), s.endswith('ld'), s.startswith('World', 6), s.startswith('x')
s.replace('l', 'L'), s.replace('l', 'L', 1), 'ab'.replace('', '-'), s.find('o'), s.rfind('o'), s.find('zz'), s.index('W'), s.count('l'), u.find('日')
'-'.join(['a', 'b']), 'a-b-c'.partition('-'), 'a-b-c'.rpartition('-'), 'abc'.partition('x'), 'abc'.rpartition('x')
'12'.isdigit(), 'a1'.isalnum(), 'ab'.isalpha(), ' '.isspace(), ''.isspace(), 'AB'.isupper(), 'ab1'.islower(), 'é'.isalpha(), 'é'.isascii()
'x'.center(4) ~ '|', 'xy'.center(5, '*'), 'x'.ljust(3, '.') , 'x'.rjust(3), '-5'.zfill(4), 'ab'.removeprefix('a'), 'ab'.removesuffix('b')
'{} and {}'.format(1, 'x'), '{1}{0}{a}'.format(1, 2, a=3), '{:>5}|{:<5}|{:^5}'.format('a', 'b', 'c'), '{:.2f} {:05d} {:,}'.format(3.14159, 42, 1234567), '{{}}'.format(), '{0[k]} {1.x}'.format({'k': 1}, {'x': 2}), '{!r}'.format('a')
'%s %d %.2f %5s|%-5s| %05d %% %x' % ('a', 3, 2.5, 'r', 'l', 42, 255), '%s' % n, '%(a)s' % {'a': 1}, '%s' % none
s | upper, s | lower, s | title, s | capitalize, 'foo-bar (baz) [q]' | title, u | upper, 5 | upper
s | length, l | length, d | length, u | count, e | length
l | first, l | last, s | first, [] | first, [] | last, (l | map('string')) | first
l | join, l | join(', '), people | join('-', attribute='name'), [1, none, 'a'] | join('|')
l | sort, l | sort(reverse=true), words | sort, words | sort(case_sensitive=true), people | sort(attribute='age') | map(attribute='name') | list, people | map(attribute='city') | sort | list
l | reverse | list, s | reverse, l | list, s | list, d | list
l | min, l | max, words | max, [] | max, l | sum, people | sum(attribute='age'), [1.5, 2] | sum, l | sum(start=10)
[1, 1, 2, 'a', 'A'] | unique | list, ['a', 'A'] | unique(case_sensitive=true) | list, people | unique(attribute='city') | map(attribute='name') | list
d | dictsort, d.a | dictsort(reverse=true), {'b': 1, 'a': 2} | dictsort(by='value'), d | items | list
l | map('string') | list, words | map('upper') | join(','), people | map(attribute='name') | list, people | map(attribute='nope', default='?') | list, words | map('replace', 'a', 'o') | list
l | select('odd') | list, l | reject('odd') | list, l | select('gt', 1) | list, [0, 1, '', 'a'] | select | list, [0, 1] | reject | list
people | selectattr('age', 'equalto', 3) | map(attribute='name') | list, people | rejectattr('city', 'in', ['Ulm']) | list, people | selectattr('name') | list | length, people | selectattr('nope', 'defined') | list, people | selectattr('age', '>', 1) | list | length
people | groupby('city') | list, people | groupby('city') | map(attribute='grouper') | list, people | groupby('city') | map('last') | map('length') | list
[1, 2, 3, 4, 5] | batch(2) | list, [1, 2, 3] | batch(2, 0) | list, [1, 2, 3, 4, 5] | slice(2) | list, [1, 2, 3] | slice(2, 'x') | list
z | default('d'), nope | default('d'), nope | d, e | default('d'), e | default('d', true), z | default('x', boolean=true), nope.x | default('e') if nope is defined else 'n'
'3' | int, '3.7' | int, 'x' | int, 'x' | int(9), '0x1f' | int(base=16), ' 12 ' | int, 3.9 | int, -3.9 | int, true | int, none | int, '-5' | int
'3' | float, 'x' | float, 'x' | float(1.5), 3 | float, '1e3' | float, -5 | abs, 5.5 | abs, -2.5 | abs
2.5 | round, 3.5 | round, 2.675 | round(2), 42 | round, 42.55 | round(1), 42.55 | round(1, 'floor'), 42.51 | round(0, 'ceil'), -2.5 | round, 1234 | round(-2), 7 | round(2, 'floor')
'  x  ' | trim ~ '|', 'xxaxx' | trim('x'), 5 | trim, s | replace('o', '0'), s | replace('o', '0', 1), 5 | replace('5', '6')
'a\\nb\\n\\nc' | indent, 'a\\nb' | indent(2), 'a\\nb' | indent(2, true), 'a\\n\\nb' | indent(2, blank=true), 'a\\nb' | indent('> '), 'a\\nb\\n' | indent
'<b>x</b>  y' | striptags, 'a b/ü?&' | urlencode, {'a b': 1, 'c': 'ü'} | urlencode
'foo bar baz qux' | truncate(9), 'foo bar baz qux' | truncate(9, true), 'foo bar baz qux' | truncate(11), 'foo bar baz qux' | truncate(9, false, '!', 0), 'foo bar, baz_1' | wordcount, 'x' | center(5) ~ '|'
'%s-%s' | format('a', 1), '%(a)s' | format(a=2), 1000 | filesizeformat, 1 | filesizeformat, 123456789 | filesizeformat(true), 0 | filesizeformat, 3000 | string, none | string, [1] | string
d | tojson, l | tojson, u | tojson, quote | tojson, html | tojson, z | tojson, t | tojson, f | tojson, big | tojson, small | tojson, 1.0 | tojson, (1, 2) | tojson
d | tojson(indent=2), d | tojson(indent=4), [] | tojson(indent=2), {} | tojson(indent=2), l | tojson(indent=0), l | tojson(indent='--')
u | tojson(ensure_ascii=true), '👋' | tojson(ensure_ascii=true), '\\x7f' | tojson, '\\x7f' | tojson(ensure_ascii=true), d | tojson(sort_keys=true), d | tojson(separators=(',', ':')), d | tojson(separators=[', ', ' : '], indent=1), {1: 2, none: 3, true: 4, 1.5: 5} | tojson
n is odd, n is even, n is divisibleby 7, n is divisibleby(2), n is number, n is integer, f is float, f is integer, t is boolean, t is true, t is false, t is integer, t is number
s is string, l is string, l is sequence, s is sequence, d is mapping, l is mapping, l is iterable, n is iterable, z is none, z is not none, nope is defined, s is defined, nope is undefined, d.b is defined, d.q is not defined
n is eq 7, n is ne 7, n is gt 3, n is ge 7, n is lt 3, n is le 7, n is in l, 3 is in l, n is sameas n, 'a' is lower, 'A' is upper, 'a1' is lower, '1' is lower, range is callable, n is callable, 'upper' is filter, 'nope' is filter, 'odd' is test, s is escaped
range(3) | list, range(1, 4) | list, range(5, 0, -2) | list, range(0) | list, dict(a=1, b=2), dict([('a', 1)]), dict({'x': 1}, y=2)
[1, 2, 3,], {'a': 1,}, (1, 2,)
0x1F, 0b101, 0o17, 1_000, 1.5e3, 1e-3, 12.50
'a' 'b' "c"
s.upper().lower().split('o')[0] | upper ~ '!', (s | lower).replace('l', ''), -5 | abs, 'a' in 'abc' | upper, [1, 2] | map('string') | join(', ') | upper
nope is defined and nope.x, (nope or {}).x is defined, d.a is mapping and d.a.x == 'y'
nope == none, nope is none, nope in [1], 'x' ~ nope ~ 'y', nope | length, nope | list, [nope] | length, not nope
l.index(1), l.count(3), (1, 2, 1).count(1), l.copy(), d.copy() == d
{'a': 1} == {'a': 1.0}, [1, [2]] == [1, [2]], 'é' == 'é', 1 == '1', none == none, (1, 2) == (1, 2)
1 if 2 in [1, 2] and not 3 in [1] else 0
people[0].name, people[-1]['name'], people[0:2] | map(attribute='name') | list, nested | map(attribute=0) | list, people | map(attribute='name.0') | list
"a" is string and 1 is not string, 5 is not divisibleby 2
""".strip().splitlines()

STATEMENTS = [
    "a\n{% if t %}\n  b\n{% endif %}\nc\n",
    "  {% if t %}x{% endif %}  \n  {{ n }}  \n",
    "a {%- if t -%} b {%- endif -%} c",
    "a\n  {%+ if t %}b{%+ endif %}\nc",
    "a\n {%- if t +%}\n b\n{% endif +%}\n c",
    "x {{- n -}} y {{ n }} z\n\n",
    "{# comment #}a{#- strip -#} b {# c #}\n d\n  {# e\n f #}\n g",
    "{% raw %}{{ not }} {% x %}{% endraw %} {%- raw -%} a {%- endraw -%} b\n{% raw %}\nx\n{% endraw %}\ny",
    "{% for x in l %}{{ loop.index }}/{{ loop.length }}:{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for x in l %}{{ [loop.index0, loop.revindex, loop.revindex0, loop.first, loop.last, loop.previtem, loop.nextitem, loop.depth, loop.depth0] }}{% endfor %}",
    "{% for x in [] %}a{% else %}none{% endfor %}{% for x in l if x > 5 %}a{% else %}no{% endfor %}",
    "{% for x in l if x != 1 %}{{ loop.index }}{{ x }}{{ loop.last }}{{ loop.length }}{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }}{% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3)), (4, (5, 6))] %}{{ a }}{{ b }}{{ c }} {% endfor %}",
    "{% for x in range(10) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% for y in words %}{{ loop.index }}{{ y[0] }}{% endfor %}|{{ loop.index }}{% endfor %}",
    "{% for x in l %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x > 1) }}{% endfor %}",
    "{% for x in nested recursive %}[{% if x is iterable %}{{ loop(x) }}{% else %}{{ x }}@{{ loop.depth }}{% endif %}]{% endfor %}",
    "{% for c in u %}{{ c }}.{% endfor %}",
    "{% set x = 1 %}{% for i in l %}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}",
    "{% set ns = namespace(x=1, y='a') %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.y }}{{ ns.z is defined }}",
    "{% if false %}{% set q = 1 %}{% endif %}{{ q is defined }}{% if t %}{% set q = 2 %}{% endif %}{{ q }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = 1, 2 %}{{ c }}{% set (e1, f1) = [3, 4] %}{{ e1 + f1 }}",
    "{% set b %}hello {{ n }}{% set inner = 1 %}{% endset %}{{ b | upper }}{{ inner is defined }}",
    "{% set b | upper | replace('L', 'x') %}hello{% endset %}{{ b }}",
    "{% macro m(a, b=2, c=a) %}{{ a }}-{{ b }}-{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=5, a=4) }}{{ m() }}{{ m.name }}{{ m.arguments }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}",
    "{% macro m(x) %}{{ n }}{{ later }}{{ x }}{% endmacro %}{% set later = 'L' %}{{ m('!') }}",
    "{% macro f(x) %}{% if x > 0 %}{{ x }}{{ f(x - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "{% macro wrap(tag) %}<{{ tag }}>{{ caller() }}</{{ tag }}>{% endmacro %}{% call wrap('b') %}in {{ n }}{% endcall %}",
    "{% macro each(xs) %}{% for x in xs %}{{ caller(x, loop.index) }}{% endfor %}{% endmacro %}{% call(x, i) each(l) %}{{ i }}={{ x }} {% endcall %}",
    "{% macro outer() %}{% macro inner(x) %}[{{ x }}]{% endmacro %}{{ inner(1) }}{{ inner(2) }}{% endmacro %}{{ outer() }}{{ inner is defined }}",
    "{% filter upper %}abc {{ s }}{% endfilter %}{% filter replace('a', 'b') | trim %} banana {% endfilter %}",
    "{% with a = 1, b = n %}{{ a }}{{ b }}{% set q9 = 1 %}{% endwith %}{{ a is defined }}{{ q9 is defined }}{% with %}x{% endwith %}",
    "{% print n %}{% if n == 1 %}a{% elif n == 7 %}b{% elif t %}c{% else %}d{% endif %}",
    "{% for m in messages %}{% if m.role == 'assistant' %}é{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}",
    "{% generation %}a\n{% endgeneration %}\nb{% generation -%}  c {%- endgeneration %}",
    "{% set c = cycler('a', 'b', 'c') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{% set _ = c.reset() %}{{ c.next() }}{% set j = joiner('|') %}{{ j() }}x{{ j() }}y",
    "{% for m in messages[::-1] %}{{ m['role'] }}{{ m.content | length }}{% endfor %}{{ messages | last | tojson }}",
    "{{ tools is none }}{{ documents is none }}{{ add_generation_prompt }}{{ bos_token }}{{ eos_token + '' }}",
    "{% set ns = namespace() %}{% set ns.a = [] %}{% for i in range(3) %}{% set ns.a = ns.a + [i * i] %}{% endfor %}{{ ns.a }}",
    "{% set text %}\n  a\n    b\n{% endset %}{{ text | indent(2) }}|{{ text | trim }}|{{ text.split('\\n') }}",
    "{{ 'a' if false }}{{ ('a' if false) is defined }}{{ [('a' if false)] | length }}",
    "{% if 'x' in nope %}a{% else %}b{% endif %}{% if nope %}c{% endif %}{% for q in nope %}d{% endfor %}",
    "line1\r\nline2\r{% if t %}\r\nx{% endif %}\r\n",
    "{{ {'a': {'b': {}}} }}{{ {'x': [{}]}['x'][0] }}",
    "{%if t%}tight{%endif%}{{n}}{{- 'x' -}}{%- set y=3 -%} {{y}}",
    "\n\n{% if t %}\n\n{% endif %}\n\n",
    "{% macro m(x) -%}\n  [{{ x }}]\n{%- endmacro %}\n{{ m(1) }}\n{{- m(2) -}}\n",
    "{% set f1 = d.get %}{{ f1('b') }}{% set up = s.upper %}{{ up() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(*[1]) }}{{ m(**{'a': 2}) }}{{ dict(**{'q': 1}) }}",
    "{% for x in l | sort | reverse %}{{ x }}{% endfor %}{% for x in (1, 2) + (3,) %}{{ x }}{% endfor %}{% for x in 1, 2 %}{{ x }}{% endfor %}",
    "{% for g in people | groupby('city') %}{{ g.grouper }}:{{ g.list | length }} {% endfor %}{% for c, ps in people | groupby('city') %}{{ c }}{{ ps[0].name }}{% endfor %}",
    "{{ html | e }}{{ html | escape }}{{ html | safe }}{{ html | forceescape }}",
    # errors
    "{{ nope.x }}", "{{ nope['x'] }}", "{{ nope() }}", "{{ nope + 1 }}", "{{ 'a' + 1 }}", "{{ 1 / 0 }}", "{{ l.append(1) }}",
    "{{ d.update({}) }}", "{{ raise_exception('no') }}", "{{ n | nofilter }}", "{{ n is notest }}", "{% if %}", "{% for x in l %}",
    "{{ 1 + }}", "{{ 'a }}", "{% endif %}", "{% unknown %}", "{{ range(1000000) }}", "{% include 'x' %}", "{% import 'x' as y %}",
    "{{ 'a' < 1 }}", "{{ {[]: 1} }}", "{% set n.x = 1 %}", "{{ l() }}", "{{ 1 is divisibleby 0 }}", "{% break %}", "{{ m(1 }}",
    "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", "{{ nope | tojson }}", "{# open", "{{ 1 in 5 }}",
    "{% for a, b in [1] %}{% endfor %}", "{% for a, b in [(1, 2, 3)] %}{% endfor %}", "{{ ''.join([1]) }}", "{{ l | join(1, 2, 3) }}", "{{ 5 | length }}",
    "{{ [1, 'a'] | sort }}", "{% raw %}x", "{{ -'a' }}", "{{ 'x'.index('y') }}", "{{ '%d' % 'x' }}", "{{ '{' .format() }}",
]

SNIPPETS = ["{{ [" + line + "] }}" if not line.startswith("quote") else "{{ " + " ~ '|' ~ ".join(["quote"]) + " }}{{ [" + line + "] }}"
            for line in EXPRESSIONS] + STATEMENTS

CHATML = """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
Be brief.<|im_end|>
' }}{% endif %}{{ '<|im_start|>' + message['role'] + '
' + (message['content'] or '') + '<|im_end|>' + '
' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}"""

LLAMA3 = """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
    {{- "Call functions as JSON.\\n\\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls | length == 1 %}
            {{- raise_exception("Only one tool call at once is supported") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- else %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

MISTRAL = """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] [" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {{- ', "id": "' + (tool_call.id or "000000000") + '"}' }}
            {{- ", " if not loop.last else "]" + eos_token }}
        {%- endfor %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"] | trim + eos_token }}
    {%- elif message["role"] == "tool" %}
        {{- '[TOOL_RESULTS] {"content": ' + message.content|string + "}[/TOOL_RESULTS]" }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported") }}
    {%- endif %}
{%- endfor %}
"""

GEMMA = """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '\n\n' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '\n\n' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '\n' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- elif message['content'] is none -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model\n'}}
{%- endif -%}
"""

QWEN3 = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0].role == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index %}
            {%- if loop.last or (not loop.last and reasoning_content) %}
                {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
            {%- else %}
                {{- '<|im_start|>' + message.role + '\\n' + content }}
            {%- endif %}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if (loop.first and content) or (not loop.first) %}
                    {{- '\\n' }}
                {%- endif %}
                {%- if tool_call.function %}
                    {%- set tool_call = tool_call.function %}
                {%- endif %}
                {{- '<tool_call>\\n{"name": "' }}
                {{- tool_call.name }}
                {{- '", "arguments": ' }}
                {%- if tool_call.arguments is string %}
                    {{- tool_call.arguments }}
                {%- else %}
                    {{- tool_call.arguments | tojson }}
                {%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""

HARMONY = """{%- macro render_type(spec, required, nullable=false) -%}
    {%- if spec.type == "array" -%}
        {%- if spec['items'] -%}{{- render_type(spec['items'], required) + "[]" -}}{%- else -%}{{- "any[]" -}}{%- endif -%}
    {%- elif spec.type is defined and spec.type is iterable and spec.type is not string and spec.type is not mapping -%}
        {{- spec.type | join(" | ") -}}
    {%- elif spec.type == "string" -%}
        {%- if spec.enum -%}{{- '"' + spec.enum | join('" | "') + '"' -}}{%- else -%}{{- "string" -}}{%- if nullable %}{{- " | null" -}}{%- endif -%}{%- endif -%}
    {%- elif spec.type == "integer" or spec.type == "number" -%}
        {{- "number" -}}
    {%- elif spec.type == "object" and spec.properties -%}
        {{- "{\\n" -}}
        {%- for name, inner in spec.properties.items() -%}
            {{- name -}}
            {%- if name not in (spec.required or []) -%}{{- "?" -}}{%- endif -%}
            {{- ": " -}}
            {{- render_type(inner, spec.required or []) -}}
            {%- if not loop.last -%}{{- ", " -}}{%- endif -%}
        {%- endfor -%}
        {{- "}" -}}
    {%- else -%}
        {{- "any" -}}
    {%- endif -%}
{%- endmacro -%}
{%- macro namespace_of(tools) -%}
    {{- "namespace functions {\\n\\n" }}
    {%- for tool in tools %}
        {%- set tool = tool.function %}
        {{- "// " + tool.description + "\\n" }}
        {{- "type " + tool.name + " = (_: " }}
        {{- render_type(tool.parameters, []) + ") => any;\\n\\n" }}
    {%- endfor %}
    {{- "} // namespace functions" }}
{%- endmacro -%}
{{- "<|start|>system<|message|>Reasoning: " + (reasoning_effort | default("medium")) + "\\n" }}
{%- if tools -%}{{- namespace_of(tools) }}{%- endif -%}
{{- "<|end|>" }}
{%- set last_tool_call = namespace(name=none) %}
{%- for message in messages -%}
    {%- if message.role == 'assistant' -%}
        {%- if message.tool_calls %}
            {%- set tool_call = message.tool_calls[0].function %}
            {{- "<|start|>assistant to=functions." + tool_call.name + "<|channel|>commentary json<|message|>" + tool_call.arguments|tojson + "<|call|>" }}
            {%- set last_tool_call.name = tool_call.name %}
        {%- else %}
            {{- "<|start|>assistant<|channel|>final<|message|>" }}{% generation %}{{ message.content }}{{ "<|end|>" }}{% endgeneration %}
        {%- endif %}
    {%- elif message.role == 'tool' -%}
        {%- if last_tool_call.name is none %}{{- raise_exception("no tool call before the result") }}{%- endif %}
        {{- "<|start|>functions." + last_tool_call.name + " to=assistant<|message|>" + message.content|tojson + "<|end|>" }}
    {%- else -%}
        {{- "<|start|>" + message.role + "<|message|>" + message.content|string + "<|end|>" }}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|start|>assistant{%- endif -%}"""

FAMILIES = {"chatml": CHATML, "llama3": LLAMA3, "mistral": MISTRAL, "gemma": GEMMA, "qwen3": QWEN3, "harmony": HARMONY}

TOOLS = [{"type": "function", "function": {
    "name": "get_weather", "description": "Weather of a city, in \"metric\" – naïve units",
    "parameters": {"type": "object", "required": ["city"], "properties": {
        "city": {"type": "string", "description": "Zürich, <Ulm> & more"},
        "unit": {"type": "string", "enum": ["c", "f"]},
        "days": {"type": "array", "items": {"type": "integer"}},
        "limit": {"type": ["number", "null"], "default": 1.5}}}, "return": {"type": "string"}}},
    {"type": "function", "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}}}]

CALL = {"role": "assistant", "content": "", "tool_calls": [
    {"id": "abcdef123", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Zürich", "days": [1, 2]}}}]}

FAMILY_INPUTS = {
    "one question": {"messages": [{"role": "user", "content": "  Why is the sky blue? "}]},
    "system": {"messages": [{"role": "system", "content": "Be kind.\n"}, {"role": "user", "content": "日本 \"quoted\" 👋"}]},
    "turns": {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " b\n"}, {"role": "user", "content": "c"}]},
    "wrong order": {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]},
    "tools": {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Weather?"}, CALL,
                           {"role": "tool", "content": "12.5"}, {"role": "assistant", "content": "Cold."}, {"role": "user", "content": "ok"}], "tools": TOOLS},
    "tools open": {"messages": [{"role": "user", "content": "Weather?"}, CALL, {"role": "tool", "content": "<rain>"}], "tools": TOOLS},
    "reasoning": {"messages": [{"role": "user", "content": "1+1"}, {"role": "assistant", "content": "<think>\nsum\n</think>\n\n2"}, {"role": "user", "content": "2+2"},
                               {"role": "assistant", "reasoning_content": "\nmore\n", "content": "4"}], "variables": {"enable_thinking": False, "reasoning_effort": "high"}},
    "parts": {"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": " look "}]}]},
}
