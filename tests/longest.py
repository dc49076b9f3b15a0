"""The files of tests that take longest, and longest first: begun last, one of them would keep everybody waiting.

It is for this that pytest is run with --no-loadscope-reorder: otherwise xdist begins the files with most tests. What counts
is what one file takes with all processors busy; `pytest --durations=0` says it of each test. Those of less than 20 s are left out.
"""

FILES = [
    "test_roles",
    "test_rotate_interrupted",
    "test_a_minute",
    "test_sharing",
    "test_onepassword_waits",
    "test_profile_clients",
    "test_import_interrupted",
    "test_serve_clients",
    "test_rotate",
    "test_rotate_hard_times",
    "test_doctor",
    "test_secrets",
    "test_kept",
    "test_refreshing",
    "test_rotate_hard_places",
    "test_typed_codes",
    "test_role_clients",
    "test_terminal",
    "test_doctor_report",
    "test_hard_times",
    "test_shells_scenario",
    "test_turns",
    "test_doctor_machine",
    "test_an_hour",
    "test_stores",
    "test_policy",
    "test_credential_process",
    "test_doctor_touch",
    "test_onepassword_prompts",
    "test_init",
    "test_exec",
    "test_doctor_places",
    "test_onepassword_writing",
    "test_init_terminal",
    "test_aws_network",
    "test_aws_patience",
    "test_import",
    "test_aws_config_properties",
]
RANKS = {name: rank for rank, name in enumerate(FILES)}
