"""Where it is shown what each of Lambda's operations does, and each member of the requests that set something.

A reference is the name of a file and of a test in it, both without ``test_``; the test drives boto3 and looks at what
is otherwise afterwards: what runs, who is let in, what is delivered, what others are told.
"""

from __future__ import annotations

from lambda_effects_mappings import BOTH as OF_MAPPINGS, REFUSED, REFUSED_AT_CREATION
from lambda_effects_settings import BOTH as OF_FUNCTIONS, REFUSED as REFUSED_OF_FUNCTIONS

OPERATIONS: dict[str, str] = {
    "AddLayerVersionPermission": "lambda_effects_access::a_layers_statement_lets_in_whom_all_its_members_fit",
    "AddPermission": "lambda_effects_access::a_statement_lets_in_whom_all_its_members_fit",
    "CheckpointDurableExecution": "durable_checkpoints::a_retry_is_due_when_its_delay_is_over",
    "CreateAlias": "lambda_effects_versions::an_alias_runs_the_version_that_it_points_to",
    "CreateCapacityProvider": "managed_instances::the_providers_vcpus_bound_its_versions",
    "CreateCodeSigningConfig": "lambda_effects_versions::unsigned_code_is_refused_where_that_is_enforced",
    "CreateEventSourceMapping": "lambda_effects_mappings::a_setting_of_a_new_mapping_acts",
    "CreateFunction": "lambda_effects_functions::a_setting_acts",
    "CreateFunctionUrlConfig": "lambda_effects_front::a_setting_of_a_url_acts",
    "DeleteAlias": "lambda_effects_versions::a_deleted_alias_runs_nothing_and_its_version_goes_on",
    "DeleteCapacityProvider": "managed_instances::a_provider_is_deleted_on_the_clock",
    "DeleteCodeSigningConfig": "lambda_effects_versions::a_deleted_signing_config_can_not_be_given_to_a_function",
    "DeleteDurableExecution": "durable_control::what_has_ended_can_be_deleted",
    "DeleteEventSourceMapping": "queue_mapping::a_deleted_mapping_leaves_messages_in_the_queue",
    "DeleteFunction": "lambda_effects_versions::a_deleted_function_runs_nothing",
    "DeleteFunctionCodeSigningConfig": "lambda_effects_versions::"
    "a_function_without_its_signing_config_takes_unsigned_code",
    "DeleteFunctionConcurrency": "lambda_effects_versions::a_function_runs_again_without_its_reservation_of_none",
    "DeleteFunctionEventInvokeConfig": "lambda_effects_front::a_deleted_setting_for_events_acts_no_more",
    "DeleteFunctionUrlConfig": "lambda_effects_front::a_deleted_url_runs_nothing",
    "DeleteLayerVersion": "lambda_effects_versions::a_deleted_layer_version_can_not_be_used_anew",
    "DeleteProvisionedConcurrencyConfig": "lambda_effects_versions::"
    "without_their_config_environments_start_on_demand",
    "DeleteResourcePolicy": "lambda_effects_access::without_its_document_a_function_lets_nobody_in",
    "GetAccountSettings": "lambda_functions::account_settings_count_code_and_functions",
    "GetAlias": "lambda_versions::an_alias_shows_the_same_when_made_and_when_got",
    "GetCapacityProvider": "managed_instances::a_provider_becomes_active_on_the_clock",
    "GetCodeSigningConfig": "control_plane_operations::"
    "each_operation_answers_alike_at_both_seams_with_its_own_status",
    "GetDurableExecution": "durable_control::an_execution_is_told_whole",
    "GetDurableExecutionHistory": "durable_checkpoints::history_tells_each_thing_once_in_order",
    "GetDurableExecutionState": "durable_checkpoints::what_does_not_fit_an_event_is_asked_for_page_by_page",
    "GetEventSourceMapping": "lambda_mappings::an_update_shows_its_state_and_then_is_done",
    "GetFunction": "lambda_functions::get_function_tells_tags_and_reservation_where_there_are_any",
    "GetFunctionCodeSigningConfig": "lambda_settings::a_functions_signing_config_is_put_listed_and_taken_off",
    "GetFunctionConcurrency": "lambda_settings::a_reservation_is_put_got_and_deleted",
    "GetFunctionConfiguration": "lambda_functions::what_is_set_is_shown_after_create_and_after_update",
    "GetFunctionEventInvokeConfig": "lambda_event_configs::put_drops_and_update_keeps_what_is_not_sent",
    "GetFunctionRecursionConfig": "lambda_settings::loops_are_terminated_unless_allowed",
    "GetFunctionScalingConfig": "managed_instances::a_scaling_config_is_requested_and_then_applied",
    "GetFunctionUrlConfig": "control_plane_effects::a_url_and_when_it_was_made_stay_for_life",
    "GetLayerVersion": "lambda_layers::a_version_is_got_by_name_or_arn",
    "GetLayerVersionByArn": "lambda_layers::a_version_is_got_by_name_or_arn",
    "GetLayerVersionPolicy": "lambda_layers::a_policy_shows_its_statements",
    "GetPolicy": "lambda_policies::a_permission_becomes_a_statement_of_the_policy",
    "GetProvisionedConcurrencyConfig": "concurrency::"
    "provisioned_environments_are_initialised_ahead_on_the_clock",
    "GetResourcePolicy": "lambda_policies::a_whole_document_replaces_the_policy",
    "GetRuntimeManagementConfig": "lambda_settings::runtimes_are_updated_automatically_unless_told",
    "Invoke": "lambda_invoke::an_invocation_answers_what_the_handler_returns",
    "InvokeAsync": "lambda_invoke::the_old_form_of_an_event_is_accepted_too",
    "InvokeWithResponseStream": "response_streams::a_stream_comes_in_the_chunks_that_its_runtime_sent",
    "ListAliases": "lambda_versions::aliases_are_listed_by_main_version_and_page_by_page",
    "ListCapacityProviders": "managed_instances::providers_are_listed_by_state_and_page",
    "ListCodeSigningConfigs": "lambda_settings::a_signing_config_is_made_got_changed_and_deleted",
    "ListDurableExecutionsByFunction": "durable_control::executions_are_listed_newest_first_and_filtered",
    "ListEventSourceMappings": "lambda_mappings::mappings_are_listed_by_source_and_function_and_page_by_page",
    "ListFunctionEventInvokeConfigs": "lambda_event_configs::configs_are_listed_page_by_page",
    "ListFunctionUrlConfigs": "lambda_settings::a_function_and_its_alias_have_urls_of_their_own",
    "ListFunctionVersionsByCapacityProvider": "managed_instances::a_providers_versions_are_listed",
    "ListFunctions": "lambda_functions::functions_are_listed_page_by_page",
    "ListFunctionsByCodeSigningConfig": "lambda_settings::"
    "a_functions_signing_config_is_put_listed_and_taken_off",
    "ListLayerVersions": "lambda_layers::versions_are_listed_newest_first_and_numbers_never_come_back",
    "ListLayers": "lambda_layers::layers_are_listed_with_their_newest_matching_version",
    "ListProvisionedConcurrencyConfigs": "lambda_settings::"
    "an_alias_takes_its_provisioned_concurrency_with_it",
    "ListTags": "lambda_settings::tags_are_merged_listed_and_taken_off",
    "ListVersionsByFunction": "lambda_versions::versions_are_listed_after_latest_ascending",
    "PauseDurableExecution": "durable_control::a_paused_execution_is_not_invoked_until_it_is_resumed",
    "PublishLayerVersion": "lambda_effects_versions::a_layers_content_is_on_the_path_wherever_it_comes_from",
    "PublishVersion": "lambda_effects_versions::a_published_version_stays_as_it_was",
    "PutFunctionCodeSigningConfig": "lambda_effects_versions::"
    "unsigned_code_is_refused_where_that_is_enforced",
    "PutFunctionConcurrency": "lambda_effects_versions::a_function_runs_again_without_its_reservation_of_none",
    "PutFunctionEventInvokeConfig": "lambda_effects_front::a_setting_for_events_acts",
    "PutFunctionRecursionConfig": "lambda_effects_versions::a_loop_goes_on_where_it_is_allowed",
    "PutFunctionScalingConfig": "managed_instances::environments_times_concurrency_is_all_that_runs_at_once",
    "PutProvisionedConcurrencyConfig": "concurrency::"
    "provisioned_environments_are_initialised_ahead_on_the_clock",
    "PutResourcePolicy": "lambda_effects_access::a_whole_document_lets_in_whom_it_names_and_nobody_else",
    "PutRuntimeManagementConfig": "lambda_effects_versions::"
    "a_runtime_that_is_managed_by_hand_can_be_changed_when_it_is_no_longer",
    "RemoveLayerVersionPermission": "lambda_effects_access::a_removed_statement_shares_a_layer_no_more",
    "RemovePermission": "lambda_effects_access::a_removed_statement_lets_nobody_in_and_the_others_stay",
    "ResumeDurableExecution": "durable_control::a_paused_execution_is_not_invoked_until_it_is_resumed",
    "SendDurableExecutionCallbackFailure": "durable_callbacks::an_answer_may_be_a_failure",
    "SendDurableExecutionCallbackHeartbeat": "durable_callbacks::a_heartbeat_keeps_a_callback_alive",
    "SendDurableExecutionCallbackSuccess": "durable_callbacks::an_answer_of_thirty_days_later_is_the_result",
    "StopDurableExecution": "durable_control::what_is_stopped_runs_no_more",
    "TagResource": "lambda_effects_versions::tags_are_found_at_the_function_and_are_gone_when_taken_off",
    "UntagResource": "lambda_effects_versions::tags_are_found_at_the_function_and_are_gone_when_taken_off",
    "UpdateAlias": "lambda_effects_versions::an_alias_runs_the_version_that_it_points_to",
    "UpdateCapacityProvider": "managed_instances::the_providers_vcpus_bound_its_versions",
    "UpdateCodeSigningConfig": "lambda_effects_versions::"
    "a_function_that_was_created_with_enforced_signing_takes_no_unsigned_code",
    "UpdateEventSourceMapping": "lambda_effects_mappings::a_setting_that_comes_by_an_update_acts",
    "UpdateFunctionCode": "lambda_effects_versions::the_code_that_is_named_runs",
    "UpdateFunctionConfiguration": "lambda_effects_functions::a_setting_acts",
    "UpdateFunctionEventInvokeConfig": "lambda_effects_front::a_setting_for_events_acts",
    "UpdateFunctionUrlConfig": "lambda_effects_front::a_setting_of_a_url_acts",
}

_FUNCTION = dict.fromkeys(OF_FUNCTIONS, "lambda_effects_functions::a_setting_acts") | dict.fromkeys(
    REFUSED_OF_FUNCTIONS, "lambda_effects_functions::a_setting_that_would_not_act_is_refused_by_name"
)
_INSTANCES = {
    "CapacityProviderConfig": "lambda_effects_hosts::how_a_function_uses_its_instances_acts",
    "DurableConfig.RetentionPeriodInDays": "lambda_effects_hosts::the_terms_of_durable_executions_act",
    "DurableConfig.ExecutionTimeout": "lambda_effects_hosts::the_terms_of_durable_executions_act",
    "DurableConfig.KMSKeyArn": "lambda_effects_hosts::"
    "a_durable_functions_key_lets_executions_begin_only_while_it_is_in_service",
}
_CODE = "lambda_effects_versions::the_code_that_is_named_runs"
_PLACES = dict.fromkeys(("ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion"), _CODE) | {
    "S3ObjectStorageMode": "lambda_effects_versions::code_that_would_stay_in_its_bucket_is_refused",
    "SourceKMSKeyArn": "lambda_kms::code_under_a_key_of_ones_own_is_shown_with_it_and_runs_while_the_key_does",
}
_NAMED = "control_plane_names::each_operation_finds_a_function_under_each_form_of_its_name"
_STREAM = "lambda_effects_mappings::a_mapping_begins_at_its_"
_MAPPING = dict.fromkeys(REFUSED, "lambda_effects_mappings::a_setting_that_would_not_act_is_refused") | {
    "KMSKeyArn": "lambda_kms::encrypted_filters_filter_and_are_shown_by_get_but_not_by_list",
    "DestinationConfig.OnSuccess": "lambda_effects_mappings::a_mapping_has_no_destination_for_what_went_well",
}
_EVENTS = {
    "FunctionName": _NAMED,
    "Qualifier": "lambda_effects_front::a_setting_for_events_counts_for_its_qualifier",
    "MaximumRetryAttempts": "lambda_effects_front::a_setting_for_events_acts",
    "MaximumEventAgeInSeconds": "lambda_effects_front::a_setting_for_events_acts",
    "DestinationConfig": "lambda_effects_front::a_setting_for_events_acts",
}
_URL = dict.fromkeys(("AuthType", "Cors", "InvokeMode"), "lambda_effects_front::a_setting_of_a_url_acts") | {
    "FunctionName": _NAMED,
    "Qualifier": "lambda_effects_front::an_update_of_an_aliass_url_leaves_the_functions_alone",
}
_ALIAS = {
    "FunctionName": _NAMED,
    "Name": "lambda_effects_versions::an_alias_runs_the_version_that_it_points_to",
    "FunctionVersion": "lambda_effects_versions::an_alias_runs_the_version_that_it_points_to",
    "Description": "lambda_versions::an_update_without_a_field_changes_the_revision_alone",
    "RoutingConfig": "lambda_effects_versions::an_alias_runs_the_version_that_it_points_to",
}
_SIGNING = {
    "Description": "lambda_settings::a_signing_config_is_made_got_changed_and_deleted",
    "AllowedPublishers": "lambda_settings::a_signing_config_is_made_got_changed_and_deleted",
}
_ACCESS = "lambda_effects_access::"
_PROVIDER = "lambda_effects_hosts::what_would_act_on_instances_is_refused"
_TELEMETRY = {
    "CapacityProviderScalingConfig.ScalingMode": _PROVIDER,
    "CapacityProviderScalingConfig.ScalingPolicies": _PROVIDER,
    "PropagateTags": _PROVIDER,
    "TelemetryConfig": _PROVIDER,
    "CapacityProviderScalingConfig.MaxVCpuCount": "managed_instances::the_providers_vcpus_bound_its_versions",
}
_PUBLISHED = "managed_instances::creating_and_updating_publish_so_too"
_RUN = "lambda_effects_versions::a_published_version_stays_as_it_was"

MEMBERS: dict[str, dict[str, str]] = {
    "AddLayerVersionPermission": dict.fromkeys(
        ("LayerName", "VersionNumber", "Action", "Principal", "OrganizationId"),
        f"{_ACCESS}a_layers_statement_lets_in_whom_all_its_members_fit",
    )
    | {
        "StatementId": f"{_ACCESS}a_removed_statement_shares_a_layer_no_more",
        "RevisionId": f"{_ACCESS}a_refused_revision_shares_no_layer",
    },
    "AddPermission": dict.fromkeys(
        ("Principal", "EventSourceToken", "PrincipalOrgID", "InvokedViaFunctionUrl"),
        f"{_ACCESS}a_statement_lets_in_whom_all_its_members_fit",
    )
    | {
        "FunctionName": _NAMED,
        "StatementId": f"{_ACCESS}a_removed_statement_lets_nobody_in_and_the_others_stay",
        "Action": f"{_ACCESS}a_statement_lets_in_for_its_action",
        "SourceArn": f"{_ACCESS}a_service_gets_in_for_the_source_of_the_statement",
        "SourceAccount": f"{_ACCESS}a_service_gets_in_for_the_source_of_the_statement",
        "FunctionUrlAuthType": "function_urls::a_statement_for_the_other_auth_type_opens_nothing",
        "Qualifier": f"{_ACCESS}a_qualifiers_statement_lets_in_by_that_qualifier",
        "RevisionId": f"{_ACCESS}a_refused_revision_lets_nobody_in",
    },
    "CreateAlias": _ALIAS,
    "CreateCapacityProvider": _TELEMETRY
    | {
        "CapacityProviderName": "managed_instances::a_second_of_the_same_name_is_refused",
        "VpcConfig": "managed_instances::its_subnets_must_be_there_once_ec2_was_asked",
        "PermissionsConfig": "managed_instances::a_provider_becomes_active_on_the_clock",
        "InstanceRequirements.Architectures": "lambda_effects_hosts::"
        "a_provider_of_another_architecture_runs_nothing_of_this_one",
        "InstanceRequirements.AllowedInstanceTypes": "managed_instances::what_would_act_on_instances_is_refused",
        "InstanceRequirements.ExcludedInstanceTypes": "managed_instances::what_would_act_on_instances_is_refused",
        "KmsKeyArn": "lambda_effects_hosts::a_providers_key_must_be_there_once_kms_was_asked",
        "Tags": "managed_instances::a_provider_becomes_active_on_the_clock",
    },
    "CreateCodeSigningConfig": _SIGNING
    | {
        "CodeSigningPolicies": "lambda_effects_versions::unsigned_code_is_refused_where_that_is_enforced",
        "Tags": "control_plane_effects::code_signing_configs_have_tags_too",
    },
    "CreateEventSourceMapping": dict.fromkeys(
        OF_MAPPINGS, "lambda_effects_mappings::a_setting_of_a_new_mapping_acts"
    )
    | _MAPPING
    | dict.fromkeys(REFUSED_AT_CREATION, "lambda_effects_mappings::a_setting_that_would_not_act_is_refused")
    | {
        "EventSourceArn": "queue_mapping::what_waited_is_handled_when_the_creation_returns",
        "StartingPosition": f"{_STREAM}starting_position",
        "StartingPositionTimestamp": f"{_STREAM}timestamp",
        "Tags": "lambda_settings::tags_of_creation_are_listed_but_not_in_the_reply",
    },
    "CreateFunction": _FUNCTION
    | _INSTANCES
    | {f"Code.{name}": reference for name, reference in _PLACES.items()}
    | {
        "Code.ImageUri": "images::an_image_runs_and_stays_warm",
        "PackageType": "images::an_image_runs_and_stays_warm",
        "ImageConfig": "images::image_config_replaces_them",
        "FunctionName": "lambda_functions::a_function_is_found_under_every_form_of_its_name",
        "Publish": "lambda_invoke::a_version_runs_the_code_and_environment_of_its_publication",
        "PublishTo": _PUBLISHED,
        "VpcConfig.SubnetIds": "lambda_vpc::an_interface_looks_as_lambdas_own",
        "VpcConfig.SecurityGroupIds": "lambda_vpc::an_interface_looks_as_lambdas_own",
        "VpcConfig.Ipv6AllowedForDualStack": "lambda_vpc::dual_stack_gives_an_interface_an_ipv6_address",
        "KMSKeyArn": "lambda_kms::a_key_out_of_service_refuses_cold_starts_only",
        "Tags": "control_plane_effects::fifty_tags_at_creation_pass_and_one_more_does_not",
        "CodeSigningConfigArn": "lambda_effects_versions::"
        "a_function_that_was_created_with_enforced_signing_takes_no_unsigned_code",
        "Architectures": "lambda_effects_hosts::the_log_names_the_runtime_of_the_architecture",
        "TenancyConfig": "tenant_isolation::each_tenant_has_environments_of_its_own_that_stay_warm",
    },
    "CreateFunctionUrlConfig": _URL
    | {"Qualifier": "function_urls::the_url_of_an_alias_runs_the_aliass_version_under_its_own_policy"},
    "Invoke": {
        "FunctionName": _NAMED,
        "InvocationType": "lambda_invoke::an_event_is_accepted_with_an_empty_202_and_runs",
        "LogType": "lambda_invoke::the_log_tail_is_sent_when_it_is_asked_for",
        "ClientContext": "lambda_invoke::the_client_context_reaches_the_handler",
        "DurableExecutionName": "durable_invocations::a_name_with_the_same_payload_is_the_same_execution",
        "Payload": "lambda_invoke::any_json_value_is_a_payload",
        "Qualifier": _RUN,
        "TenantId": "tenant_isolation::each_tenant_has_environments_of_its_own_that_stay_warm",
    },
    "PublishLayerVersion": {
        "LayerName": "lambda_layers::a_version_is_got_by_name_or_arn",
        "Description": "lambda_layers::a_published_layer_shows_what_was_sent",
        "LicenseInfo": "lambda_layers::a_published_layer_shows_what_was_sent",
        "CompatibleRuntimes": "lambda_layers::layers_are_listed_with_their_newest_matching_version",
        "CompatibleArchitectures": "lambda_layers::layers_are_listed_with_their_newest_matching_version",
        "Content.S3ObjectStorageMode": "lambda_effects_versions::a_layer_that_would_stay_in_its_bucket_is_refused",
    }
    | dict.fromkeys(
        ("Content.ZipFile", "Content.S3Bucket", "Content.S3Key", "Content.S3ObjectVersion"),
        "lambda_effects_versions::a_layers_content_is_on_the_path_wherever_it_comes_from",
    ),
    "PublishVersion": {
        "FunctionName": _NAMED,
        "CodeSha256": "lambda_effects_versions::what_is_not_what_was_meant_is_not_published",
        "RevisionId": "lambda_effects_versions::what_is_not_what_was_meant_is_not_published",
        "Description": "lambda_versions::a_description_given_at_publication_is_the_versions_alone",
        "PublishTo": "managed_instances::published_again_it_runs_the_new_code",
    },
    "PutFunctionCodeSigningConfig": {
        "FunctionName": _NAMED,
        "CodeSigningConfigArn": "lambda_effects_versions::unsigned_code_is_refused_where_that_is_enforced",
    },
    "PutFunctionConcurrency": {
        "FunctionName": _NAMED,
        "ReservedConcurrentExecutions": "concurrency::"
        "a_function_that_invokes_itself_beyond_its_reservation_is_throttled",
    },
    "PutFunctionEventInvokeConfig": _EVENTS,
    "PutFunctionRecursionConfig": {
        "FunctionName": _NAMED,
        "RecursiveLoop": "lambda_effects_versions::a_loop_goes_on_where_it_is_allowed",
    },
    "PutFunctionScalingConfig": {
        "FunctionName": "managed_instances::a_scaling_config_is_requested_and_then_applied",
        "Qualifier": "managed_instances::a_scaling_config_is_requested_and_then_applied",
        "FunctionScalingConfig.MinExecutionEnvironments": "managed_instances::nothing_is_kept_where_none_is_to_be",
        "FunctionScalingConfig.MaxExecutionEnvironments": "managed_instances::"
        "environments_times_concurrency_is_all_that_runs_at_once",
    },
    "PutProvisionedConcurrencyConfig": {
        "FunctionName": _NAMED,
        "Qualifier": "concurrency::provisioned_environments_are_initialised_ahead_on_the_clock",
        "ProvisionedConcurrentExecutions": "concurrency::"
        "provisioned_environments_are_initialised_ahead_on_the_clock",
    },
    "PutResourcePolicy": dict.fromkeys(
        ("ResourceArn", "Policy", "RevisionId"),
        f"{_ACCESS}a_whole_document_lets_in_whom_it_names_and_nobody_else",
    ),
    "PutRuntimeManagementConfig": {
        "FunctionName": _NAMED,
        "Qualifier": "lambda_effects_versions::a_versions_runtime_management_leaves_latest_alone",
    }
    | dict.fromkeys(
        ("UpdateRuntimeOn", "RuntimeVersionArn"),
        "lambda_effects_versions::a_runtime_that_is_managed_by_hand_can_be_changed_when_it_is_no_longer",
    ),
    "UpdateAlias": _ALIAS
    | {"RevisionId": "lambda_effects_versions::an_alias_of_another_revision_is_not_moved"},
    "UpdateCapacityProvider": _TELEMETRY
    | {"CapacityProviderName": "managed_instances::the_providers_vcpus_bound_its_versions"},
    "UpdateCodeSigningConfig": _SIGNING
    | dict.fromkeys(
        ("CodeSigningConfigArn", "CodeSigningPolicies"),
        "lambda_effects_versions::a_function_that_was_created_with_enforced_signing_takes_no_unsigned_code",
    ),
    "UpdateEventSourceMapping": dict.fromkeys(
        OF_MAPPINGS, "lambda_effects_mappings::a_setting_that_comes_by_an_update_acts"
    )
    | _MAPPING
    | {
        "UUID": "lambda_effects_mappings::a_setting_that_comes_by_an_update_acts",
        "KMSKeyArn": "lambda_kms::a_mapping_gives_its_key_up_by_an_empty_one_and_takes_no_unknown_one",
    },
    "UpdateFunctionCode": _PLACES
    | {
        "FunctionName": _NAMED,
        "ImageUri": "images::the_digest_is_the_functions",
        "Architectures": "lambda_effects_hosts::the_log_names_the_runtime_of_the_architecture",
        "Publish": _RUN,
        "PublishTo": _PUBLISHED,
        "DryRun": "lambda_functions::a_dry_run_of_new_code_changes_nothing",
        "RevisionId": "lambda_effects_versions::code_of_another_revision_is_not_replaced",
    },
    "UpdateFunctionConfiguration": _FUNCTION
    | _INSTANCES
    | {
        "FunctionName": _NAMED,
        "RevisionId": "lambda_effects_versions::a_configuration_of_another_revision_is_not_changed",
        "VpcConfig.SubnetIds": "lambda_vpc::the_old_configuration_serves_while_an_update_makes_its_interface",
        "VpcConfig.SecurityGroupIds": "lambda_vpc::"
        "the_old_configuration_serves_while_an_update_makes_its_interface",
        "VpcConfig.Ipv6AllowedForDualStack": "lambda_vpc::"
        "dual_stack_that_comes_by_an_update_gives_an_ipv6_address_too",
        "KMSKeyArn": "lambda_kms::a_revoked_grant_denies_until_the_key_is_set_again",
        "ImageConfig": "images::image_config_that_comes_by_an_update_replaces_them_too",
    },
    "UpdateFunctionEventInvokeConfig": _EVENTS,
    "UpdateFunctionUrlConfig": _URL,
}
"""Operation → member, or the structure that it is in → where its effect is shown."""
