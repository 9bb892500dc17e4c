"""Code signing configs, and which functions have one."""

from __future__ import annotations

from mocklambda.services.lambda_ import errors, replies
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.operations.locate import locate
from mocklambda.services.lambda_.signature import missing_config
from mocklambda.services.lambda_.signing import SigningConfig
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.lambda_.tagging import check_tags
from mocklambda.services.service import Context, Request, Result, operation


@operation("CreateCodeSigningConfig")
def create_config(ctx: Context[Lambda], request: Request) -> Result:
    config_id = f"csc-{ctx.scope.ids.letters(17).lower()}"
    tags = dict(request.get("Tags") or {})
    check_tags(tags)
    config = SigningConfig(
        config_id=config_id,
        arn=f"arn:aws:lambda:{ctx.region}:{ctx.account}:code-signing-config:{config_id}",
        description=request.get("Description") or "",
        publishers=tuple(request["AllowedPublishers"]["SigningProfileVersionArns"]),
        policy=(request.get("CodeSigningPolicies") or {}).get("UntrustedArtifactOnDeployment") or "Warn",
        modified_at=ctx.now,
        tags=tags,
    )
    ctx.state.signing_configs[config.arn] = config
    ctx.reply.status = 201
    return {"CodeSigningConfig": _reply(config)}


@operation("GetCodeSigningConfig")
def get_config(ctx: Context[Lambda], request: Request) -> Result:
    return {"CodeSigningConfig": _reply(_find(ctx, request))}


@operation("UpdateCodeSigningConfig")
def update_config(ctx: Context[Lambda], request: Request) -> Result:
    """Change what is sent; with nothing sent nothing changes."""
    config = _find(ctx, request)
    publishers = request.get("AllowedPublishers")
    policy = (request.get("CodeSigningPolicies") or {}).get("UntrustedArtifactOnDeployment")
    description = request.get("Description")
    if publishers is not None:
        config.publishers = tuple(publishers["SigningProfileVersionArns"])
    if policy is not None:
        config.policy = policy
    if description is not None:
        config.description = description
    if (publishers, policy, description) != (None, None, None):
        config.modified_at = ctx.now
    return {"CodeSigningConfig": _reply(config)}


@operation("DeleteCodeSigningConfig")
def delete_config(ctx: Context[Lambda], request: Request) -> Result:
    config = _find(ctx, request)
    if _functions(ctx.state, config.arn):
        raise errors.conflict(
            "The code signing configuration cannot be deleted because it is attached to one or more "
            "functions."
        )
    del ctx.state.signing_configs[config.arn]
    ctx.reply.status = 204
    return {}


@operation("ListCodeSigningConfigs")
def list_configs(ctx: Context[Lambda], request: Request) -> Result:
    configs = ctx.state.signing_configs
    keys, more = paging.page(sorted(configs), request)
    return {"CodeSigningConfigs": [_reply(configs[key]) for key in keys], **more}


@operation("ListFunctionsByCodeSigningConfig")
def list_functions_by_config(ctx: Context[Lambda], request: Request) -> Result:
    names, more = paging.page(_functions(ctx.state, _find(ctx, request).arn), request)
    return {"FunctionArns": [ctx.state.arn(name) for name in names], **more}


@operation("PutFunctionCodeSigningConfig")
def put_function_config(ctx: Context[Lambda], request: Request) -> Result:
    """Have a function's next deployments checked."""
    arn = request["CodeSigningConfigArn"]
    if arn not in ctx.state.signing_configs:  # R: before the function is looked at
        raise missing_config(arn)
    function = locate(ctx, request, "PutFunctionCodeSigningConfig").must_exist()
    function.code_signing_arn = arn
    return {"CodeSigningConfigArn": arn, "FunctionName": function.name}


@operation("GetFunctionCodeSigningConfig")
def get_function_config(ctx: Context[Lambda], request: Request) -> Result:
    function = locate(ctx, request, "GetFunctionCodeSigningConfig").must_exist()
    if function.code_signing_arn is None:
        return {}
    return {"CodeSigningConfigArn": function.code_signing_arn, "FunctionName": function.name}


@operation("DeleteFunctionCodeSigningConfig")
def delete_function_config(ctx: Context[Lambda], request: Request) -> Result:
    locate(ctx, request, "DeleteFunctionCodeSigningConfig").must_exist().code_signing_arn = None
    ctx.reply.status = 204
    return {}


def _find(ctx: Context[Lambda], request: Request) -> SigningConfig:
    arn = request["CodeSigningConfigArn"]
    config = ctx.state.signing_configs.get(arn)
    if config is None:
        raise errors.signing_config_not_found(arn)
    return config


def _functions(state: Lambda, arn: str) -> list[str]:
    return [name for name in state.names if state.functions[name].code_signing_arn == arn]


def _reply(config: SigningConfig) -> Result:
    return {
        "CodeSigningConfigId": config.config_id,
        "CodeSigningConfigArn": config.arn,
        "Description": config.description,
        "AllowedPublishers": {"SigningProfileVersionArns": list(config.publishers)},
        "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": config.policy},
        "LastModified": replies.date(config.modified_at),
    }
