"""Texts of files: the document's sample, a context with one service, and ways to break them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

STATES: Final = ("on_start", "on_update", "on_fail", "on_exit")


def state(trigger: str, action: str = "", call: str = "") -> str:
    """A state of a service in a MetaServiceConf."""
    parts = {"trigger": trigger, "action": action, "state_id": call}
    return "<state>\n" + "".join(f"<{name}>{text}</{name}>\n" for name, text in parts.items()) + "</state>"


def sample_service(name: str, task_class: str, number: int, end: str) -> str:
    """A service of the document's sample, with what it has behind it."""
    states = "\n".join(state(trigger) for trigger in STATES)
    return f"""\
  <Service>
    <task_service>{name}</task_service>
    <task_class>{task_class}</task_class>
    <task_desc>{name} a little</task_desc>
    <service_name>state_update</service_name>
    <task_id>ts_10{number}</task_id>
    <device_action>pass_state{number + 1}</device_action>
    <task_topic>process</task_topic>

    <entry_action>on_start</entry_action>
    {states}
  </Service>{end}
"""


def document_sample(folder: Path, *, mended: bool, ports: tuple[int, int] = (5556, 5557)) -> str:
    """The document's file for four services; as printed, all but the first end twice."""
    ends = ["", *["" if mended else "\n  </Service>"] * 3]
    names = [("Stand", "Standing"), ("Walk", "Walking"), ("DrinkCoffee", "Drinking"), ("Run", "Running")]
    services = "".join(sample_service(*names[i], i, end) for i, end in enumerate(ends))
    return f"""\
<MetaServiceConf>
  <context_name>StateMachineSample</context_name>
  <server_ip>127.0.0.1</server_ip>
  <sub_port>{ports[0]}</sub_port>
  <pub_port>{ports[1]}</pub_port>
  <service_path>{folder}/</service_path>

{services}</MetaServiceConf>
"""


ONE_SERVICE: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<Context>
  <FrontEndEndpoint>tcp://127.0.0.1:5556</FrontEndEndpoint>
  <BackendEndpoint>tcp://127.0.0.1:5557</BackendEndpoint>
  <FrontBind>tcp://*:5557</FrontBind>
  <BackendBind>tcp://*:5556</BackendBind>
  <ContextID>context001</ContextID>
  <TaskLogName>One</TaskLogName>
  <TaskService id="ts_100" instance="Echo" serviceType="Process" topic="process">
    <Task>
      <description>Echoes</description>
      <message>
        <header><action>start</action><service_name>echo</service_name></header>
        <content><configuration><device_action>shout</device_action></configuration></content>
      </message>
      <state type="on_start">
        <on_fail><action>restart</action><call>ts_100</call></on_fail>
      </state>
    </Task>
  </TaskService>
</Context>
"""


def one_service(folder: Path, text: str = ONE_SERVICE) -> Path:
    """A folder with a context file, and code for its service ``Echo``; returns the file."""
    own = folder / "Services" / "Echo"
    own.mkdir(mode=0o755, parents=True)
    (own / "ServiceEcho.py").write_text('"""Nothing that is run here."""\n')
    (own / "ServiceEcho.py").chmod(0o644)
    (folder / "Conf").mkdir()
    file = folder / "Conf" / "Context-One.xml"
    file.write_text(text)
    return file
